"""Has a reserved code reached its holder? It may be used as soon as a call with it was begun; from then on it is theirs for ever."""

import uuid

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from domain.incentives.ledger.assign import assign
from domain.tables.incentives import Voucher
from domain.tables.sending import Delivery, DeliveryLease, Recipient

BEFORE_A_CALL = ("pending", "ready", "leased", "skipped")
"""States of a message that nobody can have seen."""


def has_arrived(session: Session, voucher: Voucher, customer_id: uuid.UUID | None) -> bool:
    """Whether whoever shows the code can have it: true of every code that is not reserved."""
    if voucher.state != "reserved":
        return True
    if customer_id not in {None, voucher.customer_id}:
        return False
    opened = exists().where(DeliveryLease.id == Delivery.attempt_id, DeliveryLease.state == "open")
    begun = or_(Delivery.attempts > 0, Delivery.state.not_in(BEFORE_A_CALL), opened)
    return bool(session.scalar(select(exists().where(Delivery.recipient_id == voucher.recipient_id, begun))))


def give(session: Session, vouchers: list[Voucher]) -> None:
    """Those that are reserved have arrived: publication and event are written, as with a provider's first yes."""
    reserved = [one for one in vouchers if one.state == "reserved"]
    if not reserved:
        return
    query = select(Recipient.id, Recipient.distribution_id).where(Recipient.id.in_([one.recipient_id for one in reserved]))
    for recipient, distribution in session.execute(query):
        assign(session, [recipient], distribution, "Dashboard")
    for one in reserved:
        session.refresh(one)
