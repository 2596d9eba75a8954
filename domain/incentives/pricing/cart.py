"""What is a discount taken off? An order as it is about to be paid: its lines, and what was taken off already."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.kernel.text.folding import fold


@dataclass(frozen=True)
class Thing:
    """Something that can be given free: a product or a SKU of the shop, or only a word for it."""

    name: str
    price: int | None = None
    """In minor units; None: nobody said what it costs."""
    source_id: str = ""
    product_id: uuid.UUID | None = None
    sku_id: uuid.UUID | None = None

    @property
    def names(self) -> frozenset[str]:
        """By what a line that has it is known, folded."""
        return known_as((self.name, self.source_id, str(self.product_id or ""), str(self.sku_id or "")))


def known_as(names: Iterable[str]) -> frozenset[str]:
    """Names as they are compared: folded, empty ones left out."""
    return frozenset(fold(name) for name in names if name)


@dataclass(frozen=True)
class Line:
    """A line of an order; money in minor units."""

    amount: int | None
    """What it comes to before discounts; None: nobody said."""
    quantity: int = 1
    price: int | None = None
    discount: int = 0
    free: int = 0
    """How many of its pieces were given free."""
    added: int = 0
    """How many of its pieces were put there by a discount."""
    item: int | None = None
    """Its place among the items of the order; None: it was added by a discount."""
    names: frozenset[str] = frozenset()
    thing: Thing | None = None
    """What was added, where a discount added the line."""

    @property
    def left(self) -> int:
        """What is still to be paid for it."""
        return max(0, (self.amount or 0) - self.discount)


@dataclass(frozen=True)
class Cart:
    """An order with its lines. Where no line has an amount, the order comes to what the shop said."""

    lines: tuple[Line, ...] = ()
    said: int = 0
    discount: int = 0
    """Taken off the whole order."""

    @property
    def is_priced(self) -> bool:
        """Whether its lines say what it comes to."""
        return any(line.amount is not None for line in self.lines)

    @property
    def amount(self) -> int:
        """What it comes to before discounts."""
        return sum(line.amount or 0 for line in self.lines) if self.is_priced else self.said

    @property
    def items_discount(self) -> int:
        """Taken off single lines."""
        return sum(line.discount for line in self.lines)

    @property
    def total(self) -> int:
        """What is to be paid; never below zero."""
        return max(0, self.amount - self.discount - self.items_discount)

    def with_lines(self, lines: Iterable[Line]) -> "Cart":
        """The same order with other lines."""
        return replace(self, lines=tuple(lines))
