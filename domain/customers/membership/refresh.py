"""Keep segments current: for a batch of changed customers, find who enters and who leaves the segments that read what changed."""

import uuid
from dataclasses import dataclass, field

from sqlalchemy import select, text
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import EvaluationTime, Facts
from domain.customers.facts.catalogue import known, moment
from domain.customers.membership.apply_difference import Among, Moved, apply_difference, record_moves
from domain.customers.membership.dependencies import affected, in_order
from domain.customers.membership.sync import broke
from domain.journal.changed_facts import EVERYTHING
from domain.tables.customers import Customer, Segment

BATCH = 1_000
UNREADABLE = (DataError, ProgrammingError, ValueError, TypeError, LookupError)
"""What a condition raises that was broken behind our back; it stops its own segment only. A lost connection or a deadlock is no such."""
_CLAIM = text("""
    DELETE FROM dirty_customers WHERE id = ANY(ARRAY(
        SELECT id FROM dirty_customers ORDER BY silent, id LIMIT :batch FOR UPDATE SKIP LOCKED))
    RETURNING customer_id, facts, depth, silent
""")


@dataclass
class ChangedCustomer:
    """What changed of one customer; `silent` only if all of it was, `depth` the largest."""

    facts: set[str] = field(default_factory=set)
    silent: bool = True
    depth: int = 0


def work(session: Session, batch: int = BATCH) -> bool:
    """Look at one batch of changed customers; whether there may be more. The marks go in the transaction that acts on them."""
    changes: dict[uuid.UUID, ChangedCustomer] = {}
    marks = session.execute(_CLAIM, {"batch": batch}).all()
    for customer_id, names, depth, silent in marks:
        change = changes.setdefault(customer_id, ChangedCustomer())
        change.facts.update(names)
        change.silent = change.silent and silent
        change.depth = max(change.depth, depth)
    if changes:
        _keep(session, changes)
    return len(marks) == batch


def _keep(session: Session, changes: dict[uuid.UUID, ChangedCustomer]) -> None:
    segments = _locked(session, set().union(*(c.facts for c in changes.values())))
    if not segments:
        return
    facts, now = known(session), moment(session)
    erased = set(session.scalars(select(Customer.id).where(Customer.id.in_(changes), Customer.erased_at.is_not(None))))
    for segment in segments:
        wanted = {EVERYTHING, f"time:{segment.id}", *segment.reads}
        concerned = sorted(id for id, change in changes.items() if change.facts & wanted)
        moved = _settled(session, segment, concerned, facts, now) if concerned else Moved()
        _tell(session, segment, moved, changes, erased)
        for id in moved.all:
            changes[id].facts.add(f"segment:{segment.id}")


def _locked(session: Session, changed: set[str]) -> list[Segment]:
    """The segments that may move somebody, in dependency order; locked, so that no two look at the same customer in the wrong order."""
    rows = session.execute(select(Segment.id, Segment.reads, Segment.depends_on).where(Segment.kind == "dynamic")).all()
    ids = affected({row.id: (set(row.reads), row.depends_on) for row in rows}, changed)
    if not ids:
        return []
    query = select(Segment).where(Segment.id.in_(ids), Segment.kind == "dynamic").order_by(Segment.id)
    found = session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    return in_order(found)


def _settled(session: Session, segment: Segment, ids: list[uuid.UUID], facts: Facts, now: EvaluationTime) -> Moved:
    assert segment.condition is not None
    try:
        with session.begin_nested():
            return apply_difference(session, segment, conditions.where(segment.condition, facts, now), Among(ids=ids))
    except UNREADABLE as why:
        broke(session, segment, f"Its condition cannot be read: {why.orig if isinstance(why, DBAPIError) else why}.")
        return Moved()


def _tell(session: Session, segment: Segment, moved: Moved, changes: dict[uuid.UUID, ChangedCustomer], erased: set[uuid.UUID]) -> None:
    heard = [id for id in moved.all if id not in erased and not changes[id].silent and not _unsynced(segment, id)]
    for depth in {changes[id].depth for id in heard}:
        of_depth = frozenset(id for id in heard if changes[id].depth == depth)
        record_moves(session, segment.id, Moved(moved.entered & of_depth, moved.left & of_depth), depth)


def _unsynced(segment: Segment, id: uuid.UUID) -> bool:
    """Whether a running, silent sync has not come to this customer: nobody knows then whether they were inside all along."""
    return segment.sync == "syncing" and not segment.sync_reacts and (segment.sync_cursor is None or id > segment.sync_cursor)
