"""What happened to an order, and which distributions reacted? What its page shows."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.tables.distributions import Distribution
from domain.tables.journal import Event
from domain.tables.sending import Recipient
from domain.tables.shop import Order

MOST = 100


@dataclass(frozen=True)
class OrderReaction:
    """A distribution that this order woke, and what became of that."""

    distribution: Distribution
    recipient: Recipient


def events(session: Session, order: Order) -> Sequence[Event]:
    """What happened to it, the latest first. What came as history happened to nobody."""
    query = select(Event).where(Event.subject_id == order.id, Event.kind.like("customer.order.%"))
    return session.scalars(query.order_by(Event.id.desc()).limit(MOST)).all()


def reactions(session: Session, order: Order, events: Sequence[Event]) -> list[OrderReaction]:
    """Which distributions decided about its customer because of these events."""
    ids: list[uuid.UUID] = [event.id for event in events]
    if order.customer_id is None or not ids:
        return []
    because = text("recipients.facts ->> 'event' = ANY(CAST(:events AS text[]))").bindparams(events=[str(id) for id in ids])
    query = select(Distribution, Recipient).join(Recipient, Recipient.distribution_id == Distribution.id)
    rows = session.execute(query.where(Recipient.customer_id == order.customer_id, because).order_by(Recipient.id.desc()).limit(MOST))
    return [OrderReaction(distribution, recipient) for distribution, recipient in rows]
