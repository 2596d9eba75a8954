"""Keep segments current: for a batch of changed customers, find who enters and who leaves the segments that read what changed."""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from domain.customers.facts.catalogue import known, moment
from domain.customers.membership.apply_difference import Moved, record_all
from domain.customers.membership.dependencies import affected, levels
from domain.customers.membership.evaluate import move
from domain.journal import quarantine
from domain.journal.changed_facts import EVERYTHING
from domain.journal.events import EventKind
from domain.kernel.base import array
from domain.tables.customers import Segment

BATCH = 1_000
# Only one worker at a time looks at a customer, or the later answer could be the older one: whoever finds another of their marks
# locked leaves them for the next look.
_CLAIM = text(f"""
    WITH mine AS MATERIALIZED (
        SELECT id, customer_id FROM dirty_customers d WHERE lane = :lane AND {quarantine.whole("marks", "d.customer_id")}
        ORDER BY id LIMIT :batch FOR UPDATE OF d SKIP LOCKED),
    theirs AS MATERIALIZED (
        SELECT id FROM dirty_customers WHERE customer_id = ANY(ARRAY(SELECT customer_id FROM mine)) FOR UPDATE SKIP LOCKED)
    SELECT (SELECT count(*) FROM mine) AS found, ARRAY(SELECT id FROM theirs) AS ids
""")
_MARKS = text("""
    SELECT id, customer_id, facts, depth, silent, lane = :lane AS concerns_us, id = ANY(CAST(:ids AS uuid[])) AS locked
    FROM dirty_customers WHERE customer_id = ANY(ARRAY(SELECT customer_id FROM dirty_customers WHERE id = ANY(CAST(:ids AS uuid[]))))
""")
_DONE = text("DELETE FROM dirty_customers WHERE id = ANY(CAST(:ids AS uuid[]))")
_ASKED = text("SELECT EXISTS (SELECT FROM segments WHERE kind = 'dynamic')")
_ERASED = text("SELECT id FROM customers WHERE id = ANY(CAST(:ids AS uuid[])) AND erased_at IS NOT NULL")
MANY = 20_000
"""Marks that are forgotten at once where nobody asks."""
_FORGET = text(f"""
    WITH mine AS MATERIALIZED (
        SELECT id FROM dirty_customers d WHERE lane = :lane AND {quarantine.whole("marks", "d.customer_id")}
        ORDER BY id LIMIT :many FOR UPDATE OF d SKIP LOCKED),
    gone AS (DELETE FROM dirty_customers WHERE id = ANY(ARRAY(SELECT id FROM mine)) RETURNING id)
    SELECT count(*) FROM gone
""")


@dataclass
class ChangedCustomer:
    """What changed of one customer; `silent` only if all of it was, `depth` the largest. `marks` are the rows that said so."""

    facts: set[str] = field(default_factory=set)
    silent: bool = True
    depth: int = 0
    marks: list[uuid.UUID] = field(default_factory=list)

    def add(self, mark: Row[Any]) -> None:
        """One more mark of theirs."""
        self.facts.update(mark.facts)
        self.silent = self.silent and mark.silent
        self.depth = max(self.depth, mark.depth)
        self.marks.append(mark.id)


def work(session: Session, lane: str = "trigger", batch: int = BATCH) -> bool:
    """Look at one batch of changed customers of a lane; whether there may be more. Their marks go in the transaction that acts on them.

    Whoever breaks alone is passed over. The lane of triggers never looks at what changed in bulk. Where no segment has a condition, marks
    go unread: one that is made from now on looks at everybody anyway.
    """
    if not session.scalar(_ASKED):
        return bool(session.scalar(_FORGET, {"lane": lane, "many": MANY}) == MANY)
    claimed = session.execute(_CLAIM, {"batch": batch, "lane": lane}).one()
    changes: dict[uuid.UUID, ChangedCustomer] = {}
    taken: set[uuid.UUID] = set()
    for mark in session.execute(_MARKS, {"ids": array(claimed.ids), "lane": lane}):
        if not mark.locked:
            taken.add(mark.customer_id)
        if mark.locked and mark.concerns_us:
            changes.setdefault(mark.customer_id, ChangedCustomer()).add(mark)
    ours = sorted(changes.keys() - taken)
    quarantine.isolate(
        session, "marks", ours, lambda ids: _keep(session, {id: replace(changes[id], facts=set(changes[id].facts)) for id in ids})
    )
    return bool(ours) and claimed.found == batch


def work_on_many(session: Session) -> bool:
    """The same for customers who changed in bulk."""
    return work(session, "bulk")


def _keep(session: Session, changes: dict[uuid.UUID, ChangedCustomer]) -> None:
    session.execute(_DONE, {"ids": array(id for change in changes.values() for id in change.marks)})
    segments = _locked(session, set().union(*(c.facts for c in changes.values())))
    if not segments:
        return
    facts, now = known(session), moment(session)
    erased = set(session.scalars(_ERASED, {"ids": array(changes)}))
    for level in levels(segments):
        concerned = {segment.id: _concerned(segment, changes) for segment in level}
        moved = move(session, [segment for segment in level if concerned[segment.id]], concerned, facts, now)
        _tell(session, [(segment, moved[segment.id]) for segment in level if segment.id in moved], changes, erased)
        for segment_id, of_it in moved.items():
            for id in of_it.all:
                changes[id].facts.add(f"segment:{segment_id}")


def _concerned(segment: Segment, changes: dict[uuid.UUID, ChangedCustomer]) -> list[uuid.UUID]:
    wanted = {EVERYTHING, f"time:{segment.id}", *segment.reads}
    return sorted(id for id, change in changes.items() if change.facts & wanted)


def _locked(session: Session, changed: set[str]) -> list[Segment]:
    """The segments that may move somebody; locked against those who edit or sync them, not against each other."""
    rows = session.execute(select(Segment.id, Segment.reads, Segment.depends_on).where(Segment.kind == "dynamic")).all()
    ids = affected({row.id: (set(row.reads), row.depends_on) for row in rows}, changed)
    if not ids:
        return []
    query = select(Segment).where(Segment.id.in_(ids), Segment.kind == "dynamic").order_by(Segment.id)
    found = session.scalars(query.with_for_update(read=True).execution_options(populate_existing=True)).all()
    return list(found)


def _tell(session: Session, moved: list[tuple[Segment, Moved]], changes: dict[uuid.UUID, ChangedCustomer], erased: set[uuid.UUID]) -> None:
    """Record who entered and left, of those whose change is to be heard."""

    def heard(segment: Segment, ids: frozenset[uuid.UUID]) -> list[uuid.UUID]:
        return [id for id in sorted(ids - erased) if not changes[id].silent and not _unsynced(segment, id)]

    for kind in (EventKind.ENTERED, EventKind.LEFT):
        ids = ((segment.id, heard(segment, of_it.entered if kind is EventKind.ENTERED else of_it.left)) for segment, of_it in moved)
        record_all(session, kind, [(segment_id, id, changes[id].depth) for segment_id, some in ids for id in some])


def _unsynced(segment: Segment, id: uuid.UUID) -> bool:
    """Whether a running, silent sync has not come to this customer: nobody knows then whether they were inside all along."""
    return segment.sync == "syncing" and not segment.sync_reacts and (segment.sync_cursor is None or id > segment.sync_cursor)
