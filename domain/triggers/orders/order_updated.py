"""An order was changed, in whatever way."""

from domain.journal.events import EventKind
from domain.triggers import of_orders
from domain.triggers.contract import Called, Category, Choices, Opening, Phrase, Trigger


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever an order is changed`."""
    return Opening((Phrase("whenever an order "), Phrase("is changed", "trigger")), " and the customer agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Order is `, `changed`."""
    return "Order is ", "changed"


TRIGGER = Trigger(
    key="order_updated",
    label="Order updated",
    about="Each time an order changes: its items, its amount, its status",
    category=Category.ORDERS,
    icon="pencil",
    wakes=EventKind.ORDER_UPDATED,
    actions=of_orders.ACTIONS,
    opening=opening,
    brief=brief,
    variables=of_orders.VARIABLES,
    sample=of_orders.SAMPLE,
)
