"""Who enters and who leaves? The difference between a condition's truth and the list of members, for a set of customers at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, delete, exists, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain import clock
from domain.customers.models import Customer
from domain.events.record import Kind, record_from
from domain.segments.models import Member, Segment, SizeDelta


@dataclass(frozen=True)
class Moved:
    """Whom a change let in and out."""

    entered: frozenset[uuid.UUID] = frozenset()
    left: frozenset[uuid.UUID] = frozenset()

    def __or__(self, other: "Moved") -> "Moved":
        return Moved(self.entered | other.entered, self.left | other.left)

    @property
    def all(self) -> list[uuid.UUID]:
        """Both, in order."""
        return sorted(self.entered | self.left)


@dataclass(frozen=True)
class Among:
    """The customers that are looked at: these ids, or a page of all (`after` < id <= `upto`)."""

    ids: Sequence[uuid.UUID] | None = None
    after: uuid.UUID | None = None
    upto: uuid.UUID | None = None

    def covers(self, column: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
        """That `column` is one of them."""
        if self.ids is not None:
            return column.in_(self.ids)
        page: ColumnElement[bool] = true()
        if self.after is not None:
            page = page & (column > self.after)
        return page & (column <= self.upto) if self.upto is not None else page


def settle(session: Session, segment: Segment, holds: ColumnElement[bool], among: Among) -> Moved:
    """Write the list of members anew for these customers; whom that moved. Erased ones are never members."""
    truth = (
        select(Customer.id).where(among.covers(Customer.id), Customer.erased_at.is_(None), holds).cte("truth").prefix_with("MATERIALIZED")
    )
    inside = exists().where(Member.segment_id == segment.id, Member.customer_id == truth.c.id)
    new = select(literal(segment.id), truth.c.id, literal(clock.now(session))).where(~inside)
    entered = (
        insert(Member)
        .from_select(["segment_id", "customer_id", "entered_at"], new)
        .on_conflict_do_nothing()
        .returning(Member.customer_id)
        .cte("entered")
    )
    gone = delete(Member).where(
        Member.segment_id == segment.id, among.covers(Member.customer_id), ~exists().where(truth.c.id == Member.customer_id)
    )
    left = gone.returning(Member.customer_id).cte("left_it")
    rows = session.execute(union_all(select(entered.c.customer_id, literal(True)), select(left.c.customer_id, literal(False)))).all()
    moved = Moved(frozenset(id for id, inside in rows if inside), frozenset(id for id, inside in rows if not inside))
    resize(session, segment.id, len(moved.entered) - len(moved.left))
    return moved


def resize(session: Session, segment_id: uuid.UUID, delta: int) -> None:
    """Note a change of size."""
    if delta:
        session.add(SizeDelta(segment_id=segment_id, delta=delta))


_MOVED = """
    SELECT unnest(CAST(:ids AS uuid[])) AS customer_id, CAST(:segment AS uuid) AS subject_id, '{}'::jsonb AS facts,
    CAST(:depth AS int) AS depth
"""


def tell(session: Session, segment_id: uuid.UUID, moved: Moved, depth: int = 0) -> None:
    """Record who entered and who left, so that live distributions react."""
    for ids, kind in ((moved.entered, Kind.ENTERED), (moved.left, Kind.LEFT)):
        if ids:
            record_from(session, _MOVED, {"ids": sorted(ids), "segment": segment_id, "depth": depth}, kind)
