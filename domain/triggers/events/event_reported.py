"""A program reported a custom event of a customer."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.journal.events import EventKind
from domain.shop.custom_events import schemas
from domain.shop.custom_events.track import SAMPLES
from domain.tables.shop import EventSchema
from domain.triggers.contract import Called, Category, Choices, EventVariable, Opening, Phrase, Subject, Trigger


def event(chosen: Choices) -> Subject | None:
    """The custom event that starts it."""
    return Subject("custom event", chosen.event_schema_id) if chosen.event_schema_id else None


def mistakes(session: Session, chosen: Choices) -> Iterator[tuple[str, str]]:
    """What is wrong with the event."""
    if chosen.event_schema_id is None:
        yield "event_schema_id", "Choose the custom event that starts it. They are made under Settings, Custom events."
    elif session.get(EventSchema, chosen.event_schema_id) is None:
        yield "event_schema_id", "This custom event was deleted. Choose another one."


def said(session: Session, chosen: Choices) -> Iterator[EventVariable]:
    """What the event says; what it need not say has an empty text to fall back on."""
    schema = session.get(EventSchema, chosen.event_schema_id) if chosen.event_schema_id else None
    for one in schemas.fields(schema) if schema else ():
        yield EventVariable(f"custom_event.{one.key}", f"event, {one.key.replace('_', ' ')}", example=SAMPLES[one.type])


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever cart_left is reported of somebody`."""
    named = Phrase(called("custom event", chosen.event_schema_id), "trigger")
    return Opening((Phrase("whenever "), named, Phrase(" is reported of somebody")), " and they agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Event `, `cart_left`."""
    return "Event ", called("custom event", chosen.event_schema_id)


TRIGGER = Trigger(
    key="event_reported",
    label="Custom event",
    about="When a program reports an event of your own",
    category=Category.EVENTS,
    icon="activity",
    wakes=EventKind.CUSTOM,
    asks=("event_schema_id", "once_ever", "catch_up"),
    actions=("message", "codes", "promotion"),
    subject=event,
    mistakes=mistakes,
    opening=opening,
    brief=brief,
    variables=(EventVariable("custom_event.name", "event, name"),),
    more_variables=said,
    sample={"custom_event": {"name": "cart_left"}},
)
