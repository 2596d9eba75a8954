"""An order was canceled."""

from domain.journal.events import EventKind
from domain.triggers import of_orders
from domain.triggers.contract import Called, Category, Choices, Opening, Phrase, Trigger


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever an order is canceled`."""
    return Opening((Phrase("whenever an order "), Phrase("is canceled", "trigger")), " and the customer agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Order is `, `canceled`."""
    return "Order is ", "canceled"


TRIGGER = Trigger(
    key="order_canceled",
    label="Order canceled",
    about="As soon as an order is canceled",
    category=Category.ORDERS,
    icon="ban",
    wakes=EventKind.ORDER_CANCELED,
    actions=of_orders.ACTIONS,
    once_key=of_orders.once_each,
    opening=opening,
    brief=brief,
    variables=of_orders.VARIABLES,
    sample=of_orders.SAMPLE,
)
