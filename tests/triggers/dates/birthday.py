"""A customer's birthday."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from domain.journal.events import EventKinds, NewEvent
from domain.kernel import clock
from domain.tables.customers import Customer
from domain.triggers.anniversaries import anniversaries
from domain.triggers.contract import Called, Category, Choices, Occurrence, Opening, Phrase, Trigger, TriggerField


class Day(EventKinds):
    BIRTHDAY = "customer.birthday", True


def due(session: Session, since: datetime.datetime, until: datetime.datetime, settings: Mapping[str, Any]) -> Iterator[NewEvent]:
    before = datetime.timedelta(days=settings["days_before"])
    for one in anniversaries(session, Customer.birthdate, since + before, until + before):
        yield NewEvent(one.customer_id, Day.BIRTHDAY, facts={"year": one.day.year}, at=one.at - before)


def once_key(event: Occurrence) -> str:
    return f"birthdate:{event.facts['year']}"


def lately(session: Session, chosen: Choices, since: datetime.datetime) -> int:
    """Nobody records days that nobody waits for, so they are looked up."""
    return sum(1 for _ in due(session, since, clock.now(session), chosen.settings))


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    days = chosen.settings["days_before"]
    when = (Phrase(f"{days} day{'s' if days > 1 else ''}", "trigger"), Phrase(" before somebody has ")) if days else ()
    first = when or (Phrase("whenever somebody has "),)
    return Opening((*first, Phrase("a birthday", "trigger")), " and agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    return "Has ", "a birthday"


TRIGGER = Trigger(
    key="birthday",
    label="Birthday",
    about="At nine in the morning, where the customer lives",
    category=Category.DATES,
    icon="clock",
    wakes=Day.BIRTHDAY,
    due=due,
    fields=(TriggerField("days_before", "Days before", "0", "0: on the day itself.", "days", number=(0, 60)),),
    once_key=once_key,
    lately=lately,
    actions=("codes", "promotion", "message"),
    opening=opening,
    brief=brief,
)
