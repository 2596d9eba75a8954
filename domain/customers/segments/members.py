"""Who is on a fixed list? People are added and taken off by hand, by pasting what they are known by, or with another list."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.customers.identify.match import owners
from domain.customers.membership.apply_difference import Moved, record_moves, resize
from domain.journal import audit, changed_facts
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer, Member, Segment

MOST = 20_000
"""Lines in one paste; more come by import."""


@dataclass(frozen=True)
class PastedMembers:
    """What a paste means: the customers it names, the words nobody is known by, and those several people share."""

    customers: tuple[uuid.UUID, ...]
    unknown: tuple[str, ...]
    shared: tuple[str, ...]


def find(session: Session, pasted: str) -> PastedMembers:
    """Read source ids, e-mail addresses or phone numbers, parted by new lines, commas, semicolons or tabs. Raises ValueError above MOST."""
    words = list(dict.fromkeys(w.strip() for w in re.split(r"[\n,;\t]", pasted.replace("\x00", "")) if w.strip()))
    if len(words) > MOST:
        raise ValueError(f"These are {len(words):,} lines; {MOST:,} can be pasted at once. Import a file for more.")
    exact: dict[str, set[uuid.UUID]] = {}
    for start in range(0, len(words), 2_000):
        exact |= owners(session, words[start : start + 2_000])
    one = dict.fromkeys(next(iter(ids)) for ids in exact.values() if len(ids) == 1)
    return PastedMembers(tuple(one), tuple(w for w, ids in exact.items() if not ids), tuple(w for w, ids in exact.items() if len(ids) > 1))


def change(session: Session, actor: Actor, segment: Segment, customers: Sequence[uuid.UUID], *, inside: bool, react: bool = False) -> int:
    """A person puts customers on the list or takes them off; for how many that was news."""
    count = move(session, segment, customers, inside=inside, react=react)
    if count:
        command = "add to segment" if inside else "take off segment"
        audit.record(session, actor, command, outside(Prefix.SEGMENT, segment.id), segment.name, after={"people": count, "react": react})
    return count


def move(session: Session, segment: Segment, customers: Sequence[uuid.UUID], *, inside: bool, react: bool) -> int:
    """Put these customers on the list or take them off; for how many that was news. `react`: live distributions are told."""
    assert segment.kind == "manual"
    if not customers:
        return 0
    changed = _put(session, segment, customers) if inside else _take(session, segment, customers)
    moved = Moved(entered=frozenset(changed)) if inside else Moved(left=frozenset(changed))
    _follow(session, segment, moved, react)
    return len(changed)


def move_all(session: Session, source: Segment, target: Segment) -> int:
    """Put the members of one segment on the list of another, silently."""
    everybody = select(literal(target.id), Member.customer_id, literal(clock.now(session))).where(Member.segment_id == source.id)
    put = insert(Member).from_select(["segment_id", "customer_id", "entered_at"], everybody).on_conflict_do_nothing()
    count = len(session.scalars(put.returning(Member.customer_id)).all())
    resize(session, target.id, count)
    return count


def _put(session: Session, segment: Segment, customers: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    living = select(literal(segment.id), Customer.id, literal(clock.now(session))).where(
        Customer.id.in_(customers), Customer.erased_at.is_(None)
    )
    put = insert(Member).from_select(["segment_id", "customer_id", "entered_at"], living).on_conflict_do_nothing()
    return session.scalars(put.returning(Member.customer_id)).all()


def _take(session: Session, segment: Segment, customers: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    gone = delete(Member).where(Member.segment_id == segment.id, Member.customer_id.in_(customers))
    return session.scalars(gone.returning(Member.customer_id)).all()


def _follow(session: Session, segment: Segment, moved: Moved, react: bool) -> None:
    resize(session, segment.id, len(moved.entered) - len(moved.left))
    if react:
        record_moves(session, segment.id, moved)
    changed_facts.mark(session, moved.all, [f"segment:{segment.id}"], silent=not react)
