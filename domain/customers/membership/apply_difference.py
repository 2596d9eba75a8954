"""Who enters and who leaves? The difference between a condition's truth and the list of members, for a set of customers at once."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, select, text, true
from sqlalchemy.orm import Session

from domain.journal.events import EventKind, record_from
from domain.kernel import clock
from domain.kernel.base import array
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


_PUT_ALL = text("""
    INSERT INTO segment_members (segment_id, customer_id, entered_at)
    SELECT m.segment_id, m.customer_id, :now
    FROM unnest(CAST(:segments AS uuid[]), CAST(:customers AS uuid[])) AS m (segment_id, customer_id)
    ON CONFLICT DO NOTHING
""")
_TAKE_ALL = text("""
    DELETE FROM segment_members m USING unnest(CAST(:segments AS uuid[]), CAST(:customers AS uuid[])) AS gone (segment_id, customer_id)
    WHERE m.segment_id = gone.segment_id AND m.customer_id = gone.customer_id
""")


def write_difference(session: Session, moved: Mapping[uuid.UUID, Moved]) -> None:
    """Write what was found for several segments at once."""
    now = clock.now(session)
    for statement, pairs in (
        (_PUT_ALL, [(id, customer) for id, of_it in moved.items() for customer in sorted(of_it.entered)]),
        (_TAKE_ALL, [(id, customer) for id, of_it in moved.items() for customer in sorted(of_it.left)]),
    ):
        if pairs:
            both = {"segments": array(pair[0] for pair in pairs), "customers": array(pair[1] for pair in pairs)}
            session.execute(statement, both | ({"now": now} if statement is _PUT_ALL else {}))
    for id, of_it in moved.items():
        resize(session, id, len(of_it.entered) - len(of_it.left))
    session.flush()


def resize(session: Session, segment_id: uuid.UUID, delta: int) -> None:
    """Note a change of size."""
    if delta:
        session.add(SizeDelta(segment_id=segment_id, delta=delta))


_MOVED = """
    SELECT m.customer_id, m.subject_id, '{}'::jsonb AS facts, m.depth
    FROM unnest(CAST(:segments AS uuid[]), CAST(:customers AS uuid[]), CAST(:depths AS int[])) AS m (subject_id, customer_id, depth)
"""


def record_all(session: Session, kind: EventKind, moved: Sequence[tuple[uuid.UUID, uuid.UUID, int]]) -> None:
    """Record (segment, customer, depth), so that live distributions react."""
    if moved:
        values = {"segments": array(m[0] for m in moved), "customers": array(m[1] for m in moved), "depths": [m[2] for m in moved]}
        record_from(session, _MOVED, values, kind)


def record_moves(session: Session, segment_id: uuid.UUID, moved: Moved, depth: int = 0) -> None:
    """Record who entered and who left one segment."""
    for ids, kind in ((moved.entered, EventKind.ENTERED), (moved.left, EventKind.LEFT)):
        record_all(session, kind, [(segment_id, id, depth) for id in sorted(ids)])
