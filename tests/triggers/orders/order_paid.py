"""An order of a customer was paid."""

from domain.journal.events import EventKinds
from domain.triggers.contract import Called, Category, Choices, EventVariable, Occurrence, Opening, Phrase, Trigger


class Shop(EventKinds):
    PAID = "customer.order.paid", True


def once_key(event: Occurrence) -> str:
    order = event.facts["order"]
    return f"{order['id']}:{order['status']}"


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    return Opening((Phrase("whenever an order "), Phrase("is paid", "trigger")), " and the customer agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    return "Order is ", "paid"


TRIGGER = Trigger(
    key="order_paid",
    label="Order paid",
    about="As soon as an order is paid",
    category=Category.ORDERS,
    icon="ticket",
    wakes=Shop.PAID,
    actions=("message", "codes", "promotion"),
    once_key=once_key,
    opening=opening,
    brief=brief,
    variables=(EventVariable("order.id", "order, number"), EventVariable("order.amount", "order, total")),
    sample={"order": {"id": "1001", "amount": "42.00"}},
)
