"""What does an order come to? Computed as Voucherify does: items by price and quantity, the order by its items."""

from collections.abc import Sequence

from domain.kernel.errors import Refused
from domain.shop.orders.wanted import MOST_MONEY, OrderWanted
from domain.tables.shop import Order, OrderItem


def price_items(items: Sequence[OrderItem]) -> None:
    """An item comes to its price times its quantity; without a price, to what the shop said."""
    for item in items:
        if item.price is not None:
            item.amount = item.price * item.quantity
            if item.amount > MOST_MONEY:
                raise Refused({f"items.{item.place}.amount": "is more than an order can come to. Amounts are in cents or the like."})


def price_order(order: Order, items: Sequence[OrderItem], wanted: OrderWanted) -> None:
    """The order comes to what its priced items do; without any, to what the shop said. Raises Refused for what cannot be."""
    priced = [item.amount for item in items if item.amount is not None]
    order.amount = sum(priced) if priced else _said(wanted.amount, order.amount)
    if order.amount > MOST_MONEY:
        raise Refused({"amount": "is more than an order can come to. Amounts are in cents or the like."})
    kept = order.initial_amount if wanted.items is None and wanted.amount is None else None
    order.initial_amount = _said(wanted.initial_amount, kept or order.amount)
    order.discount_amount = _said(wanted.discount_amount, order.discount_amount)
    order.items_discount_amount = sum(item.discount_amount for item in items)
    order.total_amount = max(0, order.amount - order.discount_amount - order.items_discount_amount)


def _said(said: int | None, else_: int) -> int:
    return else_ if said is None else said
