"""An order was paid."""

from domain.journal.events import EventKind
from domain.triggers import of_orders
from domain.triggers.contract import Called, Category, Choices, Opening, Phrase, Trigger


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever an order is paid`."""
    return Opening((Phrase("whenever an order "), Phrase("is paid", "trigger")), " and the customer agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Order is `, `paid`."""
    return "Order is ", "paid"


TRIGGER = Trigger(
    key="order_paid",
    label="Order paid",
    about="As soon as an order is paid",
    category=Category.ORDERS,
    icon="credit-card",
    wakes=EventKind.ORDER_PAID,
    actions=of_orders.ACTIONS,
    once_key=of_orders.once_each,
    opening=opening,
    brief=brief,
    variables=of_orders.VARIABLES,
    sample=of_orders.SAMPLE,
)
