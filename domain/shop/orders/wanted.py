"""What does a shop say of an order? What it leaves out stays as it is; a new order then has nothing there."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.shop.products.items import ItemWanted

STATUSES = ("created", "paid", "fulfilled", "canceled")
PROCESSING = "processing"
"""May be said like a status; it is an event and leaves the status as it is."""
MOST_ITEMS = 500
MOST_MONEY = 10**15
"""Minor units that an order can come to."""


@dataclass(frozen=True)
class OrderWanted:
    """An order as it is reported. `id` is one that exists; else `source_id` says whether it is new."""

    id: uuid.UUID | None = None
    source_id: str | None = None
    status: str | None = None
    customer_id: uuid.UUID | None = None
    referrer_id: uuid.UUID | None = None
    amount: int | None = None
    initial_amount: int | None = None
    discount_amount: int | None = None
    items: tuple[ItemWanted, ...] | None = None
    """All of them; None: those that it has stay."""
    metadata: Mapping[str, Any] | None = None
    """What is put to the metadata it has; a value of None takes one away."""
    placed_at: datetime.datetime | None = None
    """When it was ordered; None: now."""
