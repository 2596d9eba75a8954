"""Keep segments current: for a batch of changed customers, find who enters and who leaves the segments that read what changed."""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import EvaluationTime, Facts
from domain.customers.facts.catalogue import known, moment
from domain.customers.membership.apply_difference import Among, Moved, apply_difference, record_moves
from domain.customers.membership.dependencies import affected, in_order
from domain.customers.membership.sync import broke
from domain.journal import quarantine
from domain.journal.changed_facts import EVERYTHING
from domain.journal.trouble import is_trouble
from domain.tables.customers import Customer, Segment

BATCH = 1_000
OTHERS = 3
"""Customers asked to find out whether a segment is at fault or those it was asked about."""
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
    SELECT id, customer_id, facts, depth, silent, lane = :lane AS concerns_us, id = ANY(:ids) AS locked FROM dirty_customers
    WHERE customer_id = ANY(ARRAY(SELECT customer_id FROM dirty_customers WHERE id = ANY(:ids)))
""")
_DONE = text("DELETE FROM dirty_customers WHERE id = ANY(:ids)")


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

    Whoever breaks alone is passed over. The lane of triggers never looks at what changed in bulk.
    """
    claimed = session.execute(_CLAIM, {"batch": batch, "lane": lane}).one()
    changes: dict[uuid.UUID, ChangedCustomer] = {}
    taken: set[uuid.UUID] = set()
    for mark in session.execute(_MARKS, {"ids": claimed.ids, "lane": lane}):
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
    session.execute(_DONE, {"ids": [id for change in changes.values() for id in change.marks]})
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
    """The segments that may move somebody, in dependency order; locked against those who edit or sync them, not against each other."""
    rows = session.execute(select(Segment.id, Segment.reads, Segment.depends_on).where(Segment.kind == "dynamic")).all()
    ids = affected({row.id: (set(row.reads), row.depends_on) for row in rows}, changed)
    if not ids:
        return []
    query = select(Segment).where(Segment.id.in_(ids), Segment.kind == "dynamic").order_by(Segment.id)
    found = session.scalars(query.with_for_update(read=True).execution_options(populate_existing=True)).all()
    return in_order(found)


def _settled(session: Session, segment: Segment, ids: list[uuid.UUID], facts: Facts, now: EvaluationTime) -> Moved:
    """Whom it moves. A condition that cannot be read stops its own segment only; one that can, but not for these, is theirs to bear."""
    assert segment.condition is not None
    try:
        with session.begin_nested():
            return apply_difference(session, segment, conditions.where(segment.condition, facts, now), Among(ids=ids))
    except Exception as why:
        if is_trouble(why) or _readable(session, segment, ids, facts, now):
            raise
        broke(session, segment, f"Its condition cannot be read: {why.orig if isinstance(why, DBAPIError) else why}.")
        return Moved()


def _readable(session: Session, segment: Segment, ids: list[uuid.UUID], facts: Facts, now: EvaluationTime) -> bool:
    """Whether its condition can be asked about nobody and, where there are others, about one of them."""
    assert segment.condition is not None
    others = session.scalars(select(Customer.id).where(Customer.id.not_in(ids)).order_by(Customer.id).limit(OTHERS)).all()
    asked: list[list[uuid.UUID]] = [[id] for id in others] or [[]]
    for some in asked:
        try:
            with session.begin_nested():
                session.scalars(select(Customer.id).where(Customer.id.in_(some), conditions.where(segment.condition, facts, now))).all()
        except Exception as why:
            if is_trouble(why):
                raise
        else:
            return True
    return False


def _tell(session: Session, segment: Segment, moved: Moved, changes: dict[uuid.UUID, ChangedCustomer], erased: set[uuid.UUID]) -> None:
    heard = [id for id in moved.all if id not in erased and not changes[id].silent and not _unsynced(segment, id)]
    for depth in {changes[id].depth for id in heard}:
        of_depth = frozenset(id for id in heard if changes[id].depth == depth)
        record_moves(session, segment.id, Moved(moved.entered & of_depth, moved.left & of_depth), depth)


def _unsynced(segment: Segment, id: uuid.UUID) -> bool:
    """Whether a running, silent sync has not come to this customer: nobody knows then whether they were inside all along."""
    return segment.sync == "syncing" and not segment.sync_reacts and (segment.sync_cursor is None or id > segment.sync_cursor)
