"""Whose answer has time alone changed? Only those whose date a relative condition has moved over since it was last read."""

from sqlalchemy import ARRAY, Text, insert, literal, or_, select, text
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import EvaluationTime
from domain.customers.facts.catalogue import known, moment
from domain.journal import quarantine
from domain.journal.changed_facts import SEGMENTS
from domain.kernel.nudges import nudge
from domain.tables.customers import Customer, Segment
from domain.tables.journal import DirtyCustomer


def work(session: Session) -> bool:
    """Mark the customers that crossed a boundary of one segment since it was last read; whether there may be more such segments.

    Called by the clock, as often as it likes: boundaries lie at the project's midnight.
    """
    now = moment(session)
    midnight = now.start_of(now.today)
    found = session.scalars(
        select(Segment)
        .where(Segment.kind == "dynamic", or_(Segment.time_read_at < midnight, Segment.time_read_at > now.now), Segment.sync == "synced")
        .where(text(quarantine.whole("segment_times", "segments.id")))
        .order_by(Segment.id)
        .limit(1)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    quarantine.each(session, "segment_times", found, lambda one: _mark(session, one, now), lambda one: one.id)
    return bool(found)


def _mark(session: Session, segment: Segment, now: EvaluationTime) -> None:
    if segment.condition is None or segment.time_read_at is None:
        return
    crossing = conditions.crossing(segment.condition, known(session), EvaluationTime(segment.time_read_at, now.zone), now)
    if crossing is not None:
        mark = literal([f"time:{segment.id}"], ARRAY(Text))
        crossed = select(Customer.id, mark, literal(0), literal(False), literal("bulk")).where(Customer.erased_at.is_(None), crossing)
        columns = ["customer_id", "facts", "depth", "silent", "lane"]
        session.execute(insert(DirtyCustomer).from_select(columns, crossed, include_defaults=False))
        nudge(session, SEGMENTS["bulk"], lane="bulk")
    segment.time_read_at = now.now
