"""Who enters and who leaves? The difference between a condition's truth and the list of members, for a set of customers at once."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, ColumnElement, SQLColumnExpression, Uuid, delete, except_, func, literal, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.journal.events import EventKind, record_from
from domain.kernel import clock
from domain.kernel.base import array
from domain.tables.customers import Customer, Member, Segment


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


def apply_difference(session: Session, segment: Segment, holds: ColumnElement[bool], among: Among, *, told: bool = True) -> Moved:
    """Write the list of members anew for these customers; whom that moved, where that is `told`. Erased ones are never members.

    The segment's row must be locked. What differs is found by EXCEPT, which never becomes a join by loops, however badly PostgreSQL
    guesses how many a condition finds.
    """
    fits = select(Customer.id.label("id")).where(among.covers(Customer.id), Customer.erased_at.is_(None), holds)
    inside = select(Member.customer_id.label("id")).where(Member.segment_id == segment.id, among.covers(Member.customer_id))
    one, other = fits.cte("fits").prefix_with("MATERIALIZED"), inside.cte("inside").prefix_with("MATERIALIZED")
    new, gone = except_(select(one.c.id), select(other.c.id)).subquery(), except_(select(other.c.id), select(one.c.id)).subquery()
    row = select(literal(segment.id), new.c.id, literal(clock.now(session)))
    put = insert(Member).from_select(["segment_id", "customer_id", "entered_at"], row).on_conflict_do_nothing()
    whose = func.array(select(gone.c.id).scalar_subquery(), type_=ARRAY(Uuid))
    taken = delete(Member).where(Member.segment_id == segment.id, Member.customer_id == func.any(whose))
    moves = (put.returning(Member.customer_id).cte("entered"), taken.returning(Member.customer_id).cte("gone"))
    counts = (select(func.count()).select_from(move).scalar_subquery() for move in moves)
    whom = (func.array(select(move.c.customer_id).scalar_subquery(), type_=ARRAY(Uuid)) for move in moves) if told else ()
    entered, left, *ids = session.execute(select(*counts, *whom)).one()
    resize(session, segment.id, entered - left)
    return Moved(*map(frozenset, ids))


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
    _resize_all(session, {id: len(of_it.entered) - len(of_it.left) for id, of_it in moved.items()})


_RESIZE = text("""
    INSERT INTO segment_size_deltas (segment_id, delta)
    SELECT id, delta FROM unnest(CAST(:segments AS uuid[]), CAST(:deltas AS int[])) AS given (id, delta)
""")


def resize(session: Session, segment_id: uuid.UUID, delta: int) -> None:
    """Note a change of size."""
    _resize_all(session, {segment_id: delta})


def _resize_all(session: Session, deltas: Mapping[uuid.UUID, int]) -> None:
    news = {id: delta for id, delta in deltas.items() if delta}
    if news:
        session.execute(_RESIZE, {"segments": array(news), "deltas": list(news.values())})


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
