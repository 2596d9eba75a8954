"""When is it due? The delay after the launch, or after the segment's sync; never before a time somebody chose."""

import datetime
import uuid

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.distributions.draft.spec import Spec
from domain.distributions.plan.check_trigger import chosen_time
from domain.journal import quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Segment
from domain.tables.distributions import Distribution
from domain.tables.workspace import current_project


def delay(session: Session) -> datetime.timedelta:
    """How long after Save & Send it stays possible to think again."""
    return datetime.timedelta(minutes=current_project(session).send_delay_minutes)


def arm(session: Session, row: Distribution, *, left: datetime.timedelta | None = None) -> None:
    """Set when this manual distribution is due: `left` (or the delay) from now, or once its segment is in sync."""
    spec = Spec.shown(row.spec)
    segment = session.get(Segment, spec.to_segment, populate_existing=True) if spec.to_segment else None
    row.waits_for_revision = segment.revision if segment else None
    if segment is not None and not in_sync(segment):
        row.due_at = None
        return
    wait = delay(session) if left is None else left
    row.due_at = _not_before(spec, clock.now(session) + wait)


def in_sync(segment: Segment) -> bool:
    """Whether its members are those of the condition as it is saved now."""
    return segment.synced_revision >= segment.revision and segment.sync == "synced"


def check_sync(session: Session) -> int:
    """What became of the segments that scheduled distributions wait for? How many changed. The clock asks every tick.

    An edited segment arms the countdown anew and says so; an ended sync starts it; a failed one pauses.
    """
    waiting = select(Distribution).where(
        Distribution.status == "scheduled",
        Distribution.waits_for_revision.is_not(None),
        text(quarantine.whole("countdown", "distributions.id")),
    )
    changed: set[uuid.UUID] = set()

    def look(row: Distribution) -> None:
        spec = Spec.shown(row.spec)
        broken = spec.unreadable
        if pause.pause_because(session, row.id, "plan_broken", broken) if broken else _look_at(session, row, spec):
            changed.add(row.id)

    rows = session.scalars(waiting.with_for_update(key_share=True, skip_locked=True)).all()
    quarantine.each(session, "countdown", rows, look, lambda row: row.id)
    return len(changed)


def _look_at(session: Session, row: Distribution, spec: Spec) -> bool:
    segment = session.get(Segment, spec.to_segment, populate_existing=True) if spec.to_segment else None
    if segment is None:
        return False  # deleted meanwhile: the plan says so when it is due
    if segment.revision > (row.waits_for_revision or 0):
        row.waits_for_revision, row.due_at, row.rearmed_at = segment.revision, None, clock.now(session)
        _look_at(session, row, spec)
        return True
    if row.due_at is not None or row.held_seconds is not None:
        return False
    if segment.sync == "failed":
        text = f"“{segment.name}” could not be synced: {segment.sync_error or 'no reason given'}"
        session.flush()
        return pause.pause_because(session, row.id, "plan_broken", text)
    if in_sync(segment):
        row.due_at = _not_before(spec, (segment.synced_at or clock.now(session)) + delay(session))
        return True
    return False


def _not_before(spec: Spec, earliest: datetime.datetime) -> datetime.datetime:
    chosen = chosen_time(spec)
    return max(chosen, earliest) if chosen else earliest


def subject(row: Distribution) -> str:
    """The outside id, as notices and the audit trail name it."""
    return outside(Prefix.DISTRIBUTION, row.id)
