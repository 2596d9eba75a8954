"""What happened to an order? Its events, and what messages may say of it."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from domain.journal.events import EventKind, NewEvent, record
from domain.kernel.base import Prefix, outside
from domain.kernel.text import money
from domain.tables.shop import Order, OrderItem
from domain.tables.workspace import current_project

OF_STATUS = {
    "paid": EventKind.ORDER_PAID,
    "fulfilled": EventKind.ORDER_FULFILLED,
    "canceled": EventKind.ORDER_CANCELED,
}
"""What it is called when an order comes to a status; it comes to `created` by being made."""
NAMED = 20
"""Items that a message names."""


@dataclass(frozen=True)
class OrderStory:
    """What one report changed about an order."""

    order: Order
    items: Sequence[OrderItem]
    new: bool
    statuses: tuple[str, ...]
    """The status it has come to, and `processing`."""

    @property
    def kinds(self) -> list[EventKind]:
        """The events, in the order in which they are told."""
        first = EventKind.ORDER_CREATED if self.new else EventKind.ORDER_UPDATED
        more = [OF_STATUS[status] for status in self.statuses if status in OF_STATUS]
        return [first, *([EventKind.ORDER_PROCESSING] if "processing" in self.statuses else []), *more]


def tell(session: Session, stories: Iterable[OrderStory], now: datetime.datetime) -> None:
    """Record the events. What is new and was placed earlier happened then; an order without a customer happens to nobody."""
    known = [story for story in stories if story.order.customer_id is not None]
    if not known:
        return
    currency = current_project(session).currency
    events = []
    for story in known:
        assert story.order.customer_id is not None
        at = min(story.order.created_at, now) if story.new else now
        said = facts(story.order, story.items, currency)
        events += [NewEvent(story.order.customer_id, kind, story.order.id, said, at=at) for kind in story.kinds]
    record(session, events)


def facts(order: Order, items: Sequence[OrderItem], currency: str) -> dict[str, Any]:
    """What messages may say of it: `order.amount` is `42.00`, `order.total` is `€42.00`, after discounts."""
    discount = order.discount_amount + order.items_discount_amount
    return {
        "order": {
            "id": outside(Prefix.ORDER, order.id),
            "number": order.source_id or outside(Prefix.ORDER, order.id),
            "status": order.status,
            "amount": money.plain(order.total_amount, currency),
            "total": money.shown(order.total_amount, currency),
            "discount": money.shown(discount, currency),
            "items": sum(item.quantity for item in items),
            "contents": contents(items),
            "placed": order.created_at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        }
    }


def contents(items: Sequence[OrderItem]) -> str:
    """`2 × Rye loaf, 1 × Croissant`."""
    return ", ".join(f"{item.quantity} × {called(item)}" for item in items[:NAMED])


def called(item: OrderItem) -> str:
    """The name of what was ordered, else the shop's own key of it."""
    product, sku = item.product or {}, item.sku or {}
    name, form = product.get("name") or "", sku.get("name") or ""
    both = name if not form or form == name else f"{name}, {form}" if name else form
    return both or item.source_id or sku.get("source_id") or product.get("source_id") or "something"
