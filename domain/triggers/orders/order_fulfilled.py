"""An order was fulfilled."""

from domain.journal.events import EventKind
from domain.triggers import of_orders
from domain.triggers.contract import Called, Category, Choices, Opening, Phrase, Trigger


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever an order is fulfilled`."""
    return Opening((Phrase("whenever an order "), Phrase("is fulfilled", "trigger")), " and the customer agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Order is `, `fulfilled`."""
    return "Order is ", "fulfilled"


TRIGGER = Trigger(
    key="order_fulfilled",
    label="Order fulfilled",
    about="As soon as an order is on its way or handed over",
    category=Category.ORDERS,
    icon="package",
    wakes=EventKind.ORDER_FULFILLED,
    actions=of_orders.ACTIONS,
    once_key=of_orders.once_each,
    opening=opening,
    brief=brief,
    variables=of_orders.VARIABLES,
    sample=of_orders.SAMPLE,
)
