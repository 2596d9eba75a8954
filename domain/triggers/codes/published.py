"""A code of a campaign was given to a customer, however that happened."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.journal.events import EventKind
from domain.triggers import checks
from domain.triggers.contract import Called, Category, Choices, Occurrence, Opening, Phrase, Subject, Trigger


def campaign(chosen: Choices) -> Subject | None:
    """The campaign whose codes start it."""
    return Subject("campaign", chosen.trigger_campaign_id) if chosen.trigger_campaign_id else None


def once_key(event: Occurrence) -> str:
    """A publication is told once."""
    return str(event.facts.get("publication_id", event.id))


def mistakes(session: Session, chosen: Choices) -> Iterator[tuple[str, str]]:
    """What is wrong with the campaign."""
    yield from checks.trigger_campaign(session, chosen, "Choose the campaign whose published codes start it.")


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever somebody is given a code of Autumn`."""
    named = Phrase(called("campaign", chosen.trigger_campaign_id), "trigger")
    return Opening((Phrase("whenever somebody is given a code of "), named), " and agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Gets a code of `, `Autumn`."""
    return "Gets a code of ", called("campaign", chosen.trigger_campaign_id)


TRIGGER = Trigger(
    key="published",
    label="Code successfully published",
    about="When a customer is given a code of a campaign",
    category=Category.CODES,
    icon="ticket-check",
    wakes=EventKind.PUBLISHED,
    asks=("trigger_campaign_id", "catch_up"),
    actions=("published_code",),
    no_other="A code has just been given when this starts: the message can only carry that code.",
    subject=campaign,
    once_key=once_key,
    mistakes=mistakes,
    facts=frozenset({"voucher"}),
    opening=opening,
    brief=brief,
)
