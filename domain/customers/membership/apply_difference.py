"""Who enters and who leaves? The difference between a condition's truth and the list of members, for a set of customers at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, select, text, true
from sqlalchemy.orm import Session

from domain.journal.events import EventKind, record_from
from domain.kernel import clock
from domain.tables.customers import Customer, Member, Segment, SizeDelta


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


_PUT = text("""
    INSERT INTO segment_members (segment_id, customer_id, entered_at) SELECT :segment, unnest(CAST(:ids AS uuid[])), :now
    ON CONFLICT DO NOTHING
""")
_TAKE = text("DELETE FROM segment_members WHERE segment_id = :segment AND customer_id = ANY(:ids)")


def apply_difference(session: Session, segment: Segment, holds: ColumnElement[bool], among: Among) -> Moved:
    """Write the list of members anew for these customers; whom that moved. Erased ones are never members.

    The segment's row must be locked. The difference is made here: PostgreSQL guesses badly how many a condition finds, and joins by loops.
    """
    fits = set(session.scalars(select(Customer.id).where(among.covers(Customer.id), Customer.erased_at.is_(None), holds)))
    inside = set(session.scalars(select(Member.customer_id).where(Member.segment_id == segment.id, among.covers(Member.customer_id))))
    moved = Moved(frozenset(fits - inside), frozenset(inside - fits))
    values = {"segment": segment.id, "now": clock.now(session)}
    if moved.entered:
        session.execute(_PUT, values | {"ids": sorted(moved.entered)})
    if moved.left:
        session.execute(_TAKE, values | {"ids": sorted(moved.left)})
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


def record_moves(session: Session, segment_id: uuid.UUID, moved: Moved, depth: int = 0) -> None:
    """Record who entered and who left, so that live distributions react."""
    for ids, kind in ((moved.entered, EventKind.ENTERED), (moved.left, EventKind.LEFT)):
        if ids:
            record_from(session, _MOVED, {"ids": sorted(ids), "segment": segment_id, "depth": depth}, kind)
