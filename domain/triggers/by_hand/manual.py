"""Once, by hand: to one customer, or to everybody who is in a segment when it is sent."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.triggers import checks
from domain.triggers.contract import Addresses, Called, Category, Choices, Opening, Phrase, Subject, Trigger


def audience(chosen: Choices) -> Subject | None:
    """The one customer or the segment, as far as it is chosen."""
    if chosen.audience == "customer":
        return Subject("customer", chosen.customer_id) if chosen.customer_id else None
    return Subject("segment", chosen.segment_id) if chosen.audience == "segment" and chosen.segment_id else None


def mistakes(session: Session, chosen: Choices) -> Iterator[tuple[str, str]]:
    """What is wrong with who gets it."""
    match chosen.audience:
        case "customer":
            yield from checks.customer(session, chosen, "Choose the customer who gets it.")
        case "segment":
            yield from checks.segment(session, chosen, "Choose the segment that gets it.")
        case "new":
            yield "audience", "The new segment is not saved yet. Give it a name and press Continue on the first step."
        case _:
            yield "audience", "Choose who gets it: one customer or a segment."


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`Dina`, or `1,204 people in VIP`."""
    found = audience(chosen)
    if found is not None and found.noun == "customer":
        return Opening((Phrase(called(*found), "trigger"),), ", if they agreed to ", " gets ")
    gets = " each get " if people and people != "1 person" else " gets "
    segment = Phrase(called("segment", chosen.segment_id), "trigger")
    return Opening((Phrase(people or "everybody", "trigger"), Phrase(" in "), segment), " who agreed to ", gets)


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`To `, `VIP`."""
    found = audience(chosen)
    return ("To ", called(*found)) if found else ("To nobody yet", "")


TRIGGER = Trigger(
    key="manual",
    label="Once, by hand",
    about="To one customer or a segment",
    category=Category.BY_HAND,
    icon="send",
    addresses=Addresses.CHOSEN,
    asks=("audience",),
    actions=("codes", "promotion", "message"),
    audience=audience,
    mistakes=mistakes,
    opening=opening,
    brief=brief,
    hint="Whoever is a member when it is sent.",
    rail="Manual",
)
