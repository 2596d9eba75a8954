"""What do all triggers of orders say alike? What messages know of the order, and what may happen to it only once."""

from domain.triggers.contract import EventVariable, Occurrence

ACTIONS = ("message", "codes", "promotion")
VARIABLES = (
    EventVariable("order.number", "order, number"),
    EventVariable("order.total", "order, total"),
    EventVariable("order.amount", "order, total as a number"),
    EventVariable("order.discount", "order, discount"),
    EventVariable("order.contents", "order, what was ordered", fallback="your order"),
    EventVariable("order.items", "order, number of pieces"),
    EventVariable("order.status", "order, status"),
    EventVariable("order.placed", "order, placed at"),
    EventVariable("order.id", "order, id"),
)
SAMPLE = {
    "order": {
        "id": "ord_0192c4a1",
        "number": "1001",
        "status": "paid",
        "amount": "42.00",
        "total": "€42.00",
        "discount": "€0.00",
        "items": 3,
        "contents": "2 × Rye loaf, 1 × Croissant",
        "placed": "2026-03-01T09:30:00+00:00",
    }
}


def once_each(event: Occurrence) -> str:
    """An order comes to a status once, however often it is reported: the order, and what happened."""
    return f"{event.subject_id}:{event.kind.rpartition('.')[2]}"
