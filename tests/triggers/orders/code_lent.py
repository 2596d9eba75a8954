"""Somebody ordered with a code that belongs to another customer: its holder hears of it."""

from domain.journal.events import EventKinds
from domain.triggers.contract import Addresses, Called, Category, Choices, Opening, Phrase, Trigger


class Lent(EventKinds):
    LENT = "customer.code.lent", True


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    return Opening((Phrase("whenever somebody else "), Phrase("uses a code", "trigger")), " and its holder agreed to ", ", they get ")


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
    actions=("message",),
    opening=opening,
    brief=brief,
)
