"""A customer entered a segment: as soon as somebody begins to match."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.journal.events import EventKind
from domain.triggers import checks
from domain.triggers.contract import Called, Category, Choices, Opening, Phrase, Subject, Trigger


def segment(chosen: Choices) -> Subject | None:
    """The segment whose changes start it."""
    return Subject("segment", chosen.segment_id) if chosen.segment_id else None


def mistakes(session: Session, chosen: Choices) -> Iterator[tuple[str, str]]:
    """What is wrong with the segment."""
    yield from checks.segment(session, chosen, "Choose the segment whose changes start it.")


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever somebody enters VIP`."""
    named = Phrase(called("segment", chosen.segment_id), "trigger")
    return Opening((Phrase("whenever somebody "), Phrase("enters", "trigger"), Phrase(" "), named), " and agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Enters `, `VIP`."""
    return "Enters ", called("segment", chosen.segment_id)


TRIGGER = Trigger(
    key="segment_entered",
    label="Customer entered a segment",
    about="As soon as somebody begins to match",
    category=Category.SEGMENTS,
    icon="log-in",
    wakes=EventKind.ENTERED,
    asks=("segment_id", "current_members", "once_ever", "catch_up"),
    actions=("codes", "promotion", "message"),
    subject=segment,
    audience=segment,
    once_with_codes=True,
    mistakes=mistakes,
    facts=frozenset({"segment"}),
    hint="Whoever enters from then on.",
    opening=opening,
    brief=brief,
)
