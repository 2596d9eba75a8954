"""An order was placed."""

from domain.journal.events import EventKind
from domain.triggers import of_orders
from domain.triggers.contract import Called, Category, Choices, Opening, Phrase, Trigger


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever somebody orders`."""
    return Opening((Phrase("whenever somebody "), Phrase("orders", "trigger")), " and agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Places `, `an order`."""
    return "Places ", "an order"


TRIGGER = Trigger(
    key="order_created",
    label="Order created",
    about="As soon as somebody orders",
    category=Category.ORDERS,
    icon="shopping-bag",
    wakes=EventKind.ORDER_CREATED,
    actions=of_orders.ACTIONS,
    once_key=of_orders.once_each,
    opening=opening,
    brief=brief,
    variables=of_orders.VARIABLES,
    sample=of_orders.SAMPLE,
)
