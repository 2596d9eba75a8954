"""What does a shop say of the lines of an order: which product or SKU, how many, at which price?"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ThingWanted:
    """The product, or the SKU, of an item: by our id or the shop's own, with what is said of it."""

    id: uuid.UUID | None = None
    source_id: str = ""
    name: str = ""
    price: int | None = None
    metadata: Mapping[str, Any] | None = None
    override: bool = False
    """Whether what is said here is to be kept with the product, which is made where there is none."""

    @property
    def is_named(self) -> bool:
        """Whether it says which one is meant."""
        return bool(self.id or self.source_id)


@dataclass(frozen=True)
class ItemWanted:
    """A line of an order; money in minor units."""

    product: ThingWanted | None = None
    sku: ThingWanted | None = None
    related_object: str = ""
    source_id: str = ""
    """As it was sent beside `related_object`; `product` or `sku` has it too."""
    quantity: int | None = None
    initial_quantity: int | None = None
    discount_quantity: int | None = None
    price: int | None = None
    amount: int | None = None
    initial_amount: int | None = None
    discount_amount: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
