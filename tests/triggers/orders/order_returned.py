"""An order of a customer came back."""

from domain.journal.events import EventKinds
from domain.triggers.contract import Called, Category, Choices, EventVariable, Occurrence, Opening, Phrase, Trigger


class Shop(EventKinds):
    RETURNED = "customer.order.returned", True


def once_key(event: Occurrence) -> str:
    order = event.facts["order"]
    return f"{order['id']}:{order['status']}"


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    return Opening((Phrase("whenever an order "), Phrase("is returned", "trigger")), " and the customer agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    return "Order is ", "returned"


TRIGGER = Trigger(
    key="order_returned",
    label="Order returned",
    about="As soon as an order is returned",
    category=Category.ORDERS,
    icon="ticket",
    wakes=Shop.RETURNED,
    actions=("message", "codes", "promotion"),
    once_key=once_key,
    opening=opening,
    brief=brief,
    variables=(EventVariable("order.id", "order, number"), EventVariable("order.amount", "order, total")),
    sample={"order": {"id": "1001", "amount": "42.00"}},
)
