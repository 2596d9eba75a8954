"""What is wrong with when it starts and who gets it?"""

import datetime
import zoneinfo
from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.tables.customers import Customer, Segment
from domain.tables.incentives import Campaign
from domain.triggers import catalogue as choices

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


def _found(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    trigger = choices.trigger(spec.trigger)
    if trigger is None:
        yield "trigger", "Choose what starts it."
        return
    if spec.trigger == "manual":
        yield from _audience(session, spec)
    if "segment_id" in trigger.needs:
        yield from segment(session, spec, "Choose the segment whose changes start it.")
    if "trigger_campaign_id" in trigger.needs:
        yield from _campaign(session, spec)
    try:
        chosen_time(spec)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        yield "chosen_at", NO_TIME


def _audience(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    match spec.audience:
        case "customer":
            yield from _customer(session, spec)
        case "segment":
            yield from segment(session, spec, "Choose the segment that gets it.")
        case "new":
            yield "audience", "The new segment is not saved yet. Give it a name and press Continue on the first step."
        case _:
            yield "audience", "Choose who gets it: one customer or a segment."


def _customer(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    if spec.customer_id is None:
        yield "customer_id", "Choose the customer who gets it."
        return
    customer = session.get(Customer, spec.customer_id)
    if customer is None or customer.erased_at is not None:
        yield "customer_id", "This customer was erased. Choose another one."


def segment(session: Session, spec: Spec, missing: str) -> Iterator[tuple[str, str]]:
    """What keeps the chosen segment from being used; `missing` where none is chosen."""
    if spec.segment_id is None:
        yield "segment_id", missing
        return
    chosen = session.get(Segment, spec.segment_id)
    if chosen is None:
        yield "segment_id", "This segment was deleted. Choose another one."
    elif chosen.sync == "failed":
        yield (
            "segment_id",
            f"“{chosen.name}” could not be synced: {chosen.sync_error or 'no reason given'}. Open the segment and sync it again.",
        )


def _campaign(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    if spec.trigger_campaign_id is None:
        yield "trigger_campaign_id", "Choose the campaign whose published codes start it."
        return
    if session.get(Campaign, spec.trigger_campaign_id) is None:
        yield "trigger_campaign_id", "This campaign was deleted. Choose another one."
