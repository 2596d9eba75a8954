"""Who is it for, as of now? The number, its age, and people to look at it through: some of them, the next one, the worst case."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.distributions.draft.spec import Spec
from domain.kernel import clock
from domain.tables.customers import Customer, Member, Segment, SizeDelta

LOOKED_THROUGH = 5_000
"""The random and the worst case are found among so many, never by reading a whole table."""


@dataclass(frozen=True)
class AudienceSize:
    """How many, and how sure that is."""

    count: int
    at: datetime.datetime
    segment: Segment | None = None

    @property
    def syncing(self) -> bool:
        """Whether the members are still being found."""
        return self.segment is not None and self.segment.sync == "syncing"

    @property
    def share(self) -> int:
        """How far the sync is, in percent."""
        total = self.segment.sync_total if self.segment else 0
        return min(100, round(100 * self.segment.sync_done / total)) if self.segment and total else 0


def audience_size(session: Session, spec: Spec) -> AudienceSize | None:
    """The audience of this spec; of a live one, those who are in its segment today. None while nobody is chosen."""
    now = clock.now(session)
    if spec.to_customer is not None:
        return AudienceSize(1, now)
    segment = session.get(Segment, spec.to_segment) if spec.to_segment else None
    return AudienceSize(size(session, segment), now, segment) if segment else None


def size(session: Session, segment: Segment) -> int:
    """The members of a segment: the folded size and what is not folded yet."""
    since = session.execute(select(func.coalesce(func.sum(SizeDelta.delta), 0)).where(SizeDelta.segment_id == segment.id)).scalar_one()
    return segment.size + int(since)


def some_customers(session: Session, spec: Spec, after: uuid.UUID | None = None, limit: int = 5) -> Sequence[Customer]:
    """A few of them, those after a customer; from the beginning again at the end."""
    everybody = _people(spec).order_by(Customer.id).limit(limit)
    found = session.scalars(everybody.where(Customer.id > after) if after else everybody).all()
    return found or (session.scalars(everybody).all() if after else found)


def sample_customer(session: Session, spec: Spec, wanted: uuid.UUID | None) -> Customer | None:
    """The customer to preview as: the one wanted, or the first one; None where there is nobody at all."""
    if wanted is not None and (one := session.get(Customer, wanted)) is not None and one.erased_at is None:
        return one
    return next(iter(some_customers(session, spec, limit=1)), None) or session.scalars(_everybody().order_by(Customer.id).limit(1)).first()


def next_sample(session: Session, spec: Spec, way: str, here: uuid.UUID | None) -> Customer | None:
    """Somebody else: the `next`, the `previous`, a `random` one, or the `worst` case (no name at all, or the longest)."""
    people = _people(spec)
    match way:
        case "next" if here:
            found = session.scalars(people.where(Customer.id > here).order_by(Customer.id).limit(1)).first()
            return found or session.scalars(people.order_by(Customer.id).limit(1)).first()
        case "previous" if here:
            found = session.scalars(people.where(Customer.id < here).order_by(Customer.id.desc()).limit(1)).first()
            return found or session.scalars(people.order_by(Customer.id.desc()).limit(1)).first()
        case "random":
            return _first_of(session, people, func.random())
        case "worst":
            return _first_of(session, people, (Customer.name == "").desc(), func.length(Customer.name).desc(), Customer.id)
    return sample_customer(session, spec, here)


def is_one(session: Session, spec: Spec, id: uuid.UUID) -> bool:
    """Whether this customer is in the audience now."""
    return session.scalar(_people(spec).with_only_columns(Customer.id).where(Customer.id == id)) is not None


def _everybody() -> Select[Customer]:
    return select(Customer).where(Customer.erased_at.is_(None))


def _people(spec: Spec) -> Select[Customer]:
    """Those it is for; where nobody is chosen yet, everybody stands in."""
    if spec.to_customer is not None:
        return _everybody().where(Customer.id == spec.to_customer)
    if spec.to_segment is not None:
        return _everybody().join(Member, Member.customer_id == Customer.id).where(Member.segment_id == spec.to_segment)
    return _everybody()


def _first_of(session: Session, people: Select[Customer], *by: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Customer | None:
    nearest = people.with_only_columns(Customer.id).order_by(Customer.id).limit(LOOKED_THROUGH).subquery()
    return session.scalars(select(Customer).where(Customer.id.in_(select(nearest.c.id))).order_by(*by).limit(1)).first()
