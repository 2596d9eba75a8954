"""How are orders said on pages? Their states, their steps and their story."""

import datetime
from dataclasses import dataclass

from domain.journal.events import EventKind
from domain.shop.orders.happened import called
from domain.tables.journal import Event
from domain.tables.shop import Order, OrderItem

STATES = {"created": ("Created", "next"), "paid": ("Paid", "going"), "fulfilled": ("Fulfilled", "going"), "canceled": ("Canceled", "bad")}
"""Status -> its word, and the kind of mark beside it."""
TOLD = {
    EventKind.ORDER_CREATED: ("shopping-bag", "Created"),
    EventKind.ORDER_UPDATED: ("pencil", "Changed"),
    EventKind.ORDER_PAID: ("credit-card", "Paid"),
    EventKind.ORDER_PROCESSING: ("hourglass", "Worked on"),
    EventKind.ORDER_FULFILLED: ("package", "Fulfilled"),
    EventKind.ORDER_CANCELED: ("ban", "Canceled"),
}
"""Kind of an event -> its icon and word."""
OUTCOMES = {
    "served": ("circle-check", "good", "Sent"),
    "skipped": ("minus", "soft", "Left out"),
    "failed": ("circle-x", "bad", "Failed"),
}
"""State of a recipient -> icon, tone, word; the others wait."""
WAITS = ("hourglass", "soft", "Waits")


@dataclass(frozen=True)
class OrderStep:
    """How far an order is: a word, and when it came there (None: not yet)."""

    word: str
    at: datetime.datetime | None


def steps(order: Order) -> list[OrderStep]:
    """The way of an order; one that was canceled ends there."""
    way = [OrderStep("Created", order.created_at), OrderStep("Paid", order.paid_at)]
    way += [OrderStep("Worked on", order.processing_at)] if order.processing_at else []
    way += [OrderStep("Canceled", order.canceled_at)] if order.status == "canceled" else [OrderStep("Fulfilled", order.fulfilled_at)]
    return [step for step in way if step.at or order.status != "canceled"]


def told(event: Event) -> tuple[str, str, str]:
    """Icon, word and the amount it came to then."""
    icon, word = next((words for kind, words in TOLD.items() if kind == event.kind), ("activity", event.kind))
    return icon, word, str((event.facts.get("order") or {}).get("total", ""))


def name_of(item: OrderItem) -> str:
    """What was ordered."""
    return called(item)


def key_of(item: OrderItem) -> str:
    """The shop's own key of it, where that is not its name."""
    key = item.source_id or (item.sku or {}).get("source_id") or (item.product or {}).get("source_id") or ""
    return "" if key == called(item) else str(key)
