"""What is wrong with when it starts and who gets it?"""

import datetime
import zoneinfo
from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.tables.customers import Segment
from domain.triggers import own_settings

NO_TIME = "This is not a time. Pick a day and a time, or clear the field to send as soon as possible."


def mistakes(session: Session, spec: Spec) -> list[Mistake]:
    """Mistakes of the step Trigger."""
    return [Mistake("trigger", field, text) for field, text in _found(session, spec)]


def revision(session: Session, spec: Spec) -> int | None:
    """The revision of the segment as it is now; what a scheduled distribution waits for."""
    if spec.to_segment is None:
        return None
    segment = session.get(Segment, spec.to_segment)
    return segment.revision if segment else None


def chosen_time(spec: Spec) -> datetime.datetime | None:
    """The send time somebody chose, in UTC: a gap means the next valid minute, a fold the first. None: as soon as possible.

    Raises ValueError for a time that is none.
    """
    if not spec.chosen_at:
        return None
    wall = datetime.datetime.fromisoformat(spec.chosen_at)
    zone = zoneinfo.ZoneInfo(spec.chosen_zone or "UTC")
    there = wall.replace(tzinfo=zone, fold=0)
    utc = there.astimezone(datetime.UTC)
    while utc.astimezone(zone).replace(tzinfo=None) != wall:  # in a gap: step to the minute the clocks jump to
        wall += datetime.timedelta(minutes=1)
        utc = wall.replace(tzinfo=zone).astimezone(datetime.UTC)
    return utc


def passed(spec: Spec, now: datetime.datetime) -> Mistake | None:
    """That the send time somebody chose is over, in words of its own zone. Asked when it is chosen and launched, not when it is due."""
    chosen = chosen_time(spec) if not spec.live else None
    if chosen is None or chosen >= now:
        return None
    zone = zoneinfo.ZoneInfo(spec.chosen_zone or "UTC")
    wall, there = chosen.astimezone(zone), now.astimezone(zone)
    said = f"{wall:%A} {wall.day} {wall:%B %Y, %H:%M} has passed: in {zone.key} it is {there.day} {there:%B %Y, %H:%M} now."
    return Mistake("summary", "chosen_at", f"{said} Choose a later time, or clear the field to send as soon as possible.")


def _found(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    trigger = spec.chosen_trigger
    if trigger is None:
        yield "trigger", f"“{spec.trigger}” is not known here. Choose what starts it." if spec.trigger else "Choose what starts it."
        return
    yield from trigger.mistakes(session, spec)
    yield from own_settings.mistakes(trigger, spec.typed_settings)
    try:
        chosen_time(spec)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        yield "chosen_at", NO_TIME
