"""Somebody ordered with a code that belongs to another customer: its holder hears of it."""

from collections.abc import Mapping
from typing import Any

from domain.journal.events import EventKinds
from domain.triggers.contract import Addresses, Called, Category, Choices, Occurrence, Opening, Phrase, Trigger, TriggerField


class Lent(EventKinds):
    LENT = "customer.code.lent", True


def hears(event: Occurrence, settings: Mapping[str, Any]) -> bool:
    return bool(settings["where"] == "anywhere" or event.facts["where"] == settings["where"])


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    where = {"anywhere": "", "shop": " in the shop"}[chosen.settings["where"]]
    begins = (Phrase("whenever somebody else "), Phrase(f"uses a code{where}", "trigger"))
    return Opening(begins, " and its holder agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    return "Lends ", "a code"


TRIGGER = Trigger(
    key="code_lent",
    label="Code lent",
    about="When somebody else orders with their code",
    category=Category.ORDERS,
    icon="ticket",
    wakes=Lent.LENT,
    addresses=Addresses.HOLDER,
    hears=hears,
    fields=(TriggerField("where", "Where", "anywhere", choices=(("anywhere", "Anywhere"), ("shop", "In the shop"))),),
    actions=("message",),
    opening=opening,
    brief=brief,
)
