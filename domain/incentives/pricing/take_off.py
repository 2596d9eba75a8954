"""What does a discount take off this order? Amounts are rounded half up, and nothing falls below zero.

Discounts are taken off one after the other: each of what those before it have left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from domain.incentives.pricing.cart import Cart, Line, Thing
from domain.incentives.pricing.free_units import give_free

Discount = Mapping[str, Any]


@dataclass(frozen=True)
class TakenOff:
    """An order before and after a discount."""

    before: Cart
    after: Cart

    @property
    def order(self) -> int:
        """Taken off the whole order, in minor units."""
        return self.after.discount - self.before.discount

    @property
    def items(self) -> int:
        """Taken off single lines."""
        return self.after.items_discount - self.before.items_discount

    @property
    def whole(self) -> int:
        """Both."""
        return self.order + self.items


def take_off(discount: Discount, cart: Cart, thing: Thing | None = None) -> TakenOff:
    """The order after this discount. `thing`: what a discount of units gives, where the shop knows it."""
    if discount["type"] == "unit":
        found = thing or Thing(str(discount["of"]))
        return TakenOff(cart, give_free(cart, found, int(discount["units"]), only_missing=discount.get("effect") == "missing"))
    effect = discount.get("effect") or "order"
    if effect == "order":
        taken = _up_to(_of_order(discount, cart), _limit(discount, "most", "most_of_order"), cart.total)
        return TakenOff(cart, replace(cart, discount=cart.discount + taken))
    return TakenOff(cart, _off_lines(cart, OF_ITEMS[discount["type"], effect](discount, cart.lines), _limit(discount, "most_of_order")))


def _of_order(discount: Discount, cart: Cart) -> int:
    match discount["type"]:
        case "percent":
            return _percent(discount["percent"], cart.total)
        case "amount":
            return int(discount["minor"])
        case "fixed":
            return max(0, cart.total - int(discount["minor"]))
    raise ValueError(f"There is no discount {discount['type']!r}.")


def _percent(percent: float, minor: int) -> int:
    return int((Decimal(str(percent)) * minor / 100).to_integral_value(ROUND_HALF_UP))


def _limit(discount: Discount, *names: str) -> int | None:
    given = [int(discount[name]) for name in names if discount.get(name) is not None]
    return min(given) if given else None


def _up_to(wanted: int, *limits: int | None) -> int:
    return max(0, min([wanted, *(limit for limit in limits if limit is not None)]))


def _off_lines(cart: Cart, wanted: Sequence[int], limit: int | None) -> Cart:
    """Take these off the lines: of each at most what it still costs, together at most what the order does and the limit allows."""
    left = _up_to(cart.total, limit)
    lines = []
    for line, minor in zip(cart.lines, wanted, strict=True):
        taken = _up_to(minor, line.left, left)
        left -= taken
        lines.append(replace(line, discount=line.discount + taken))
    return cart.with_lines(lines)


def _percent_of_each(discount: Discount, lines: Sequence[Line]) -> list[int]:
    return [_up_to(_percent(discount["percent"], line.left), _limit(discount, "most")) for line in lines]


def _amount_of_each(discount: Discount, lines: Sequence[Line]) -> list[int]:
    return [int(discount["minor"]) for _ in lines]


def _amount_of_each_piece(discount: Discount, lines: Sequence[Line]) -> list[int]:
    return [int(discount["minor"]) * line.quantity for line in lines]


def _price_of_each_piece(discount: Discount, lines: Sequence[Line]) -> list[int]:
    return [max(0, line.left - int(discount["minor"]) * line.quantity) for line in lines]


def _shared_by_amount(discount: Discount, lines: Sequence[Line]) -> list[int]:
    return shared(min(int(discount["minor"]), sum(line.left for line in lines)), [line.left for line in lines])


def _shared_by_quantity(discount: Discount, lines: Sequence[Line]) -> list[int]:
    return shared(int(discount["minor"]), [line.quantity if line.left else 0 for line in lines])


def shared(minor: int, weights: Sequence[int]) -> list[int]:
    """An amount in parts, by weight; together they are the amount. Who loses most by rounding down gets the rest, the first of equals."""
    whole = sum(weights)
    if whole <= 0:
        return [0 for _ in weights]
    parts = [minor * weight // whole for weight in weights]
    by_loss = sorted(range(len(weights)), key=lambda n: (-(minor * weights[n] % whole), n))
    for n in by_loss[: minor - sum(parts)]:
        parts[n] += 1
    return parts


OF_ITEMS: Mapping[tuple[str, str], Callable[[Discount, Sequence[Line]], list[int]]] = {
    ("percent", "items"): _percent_of_each,
    ("amount", "items"): _amount_of_each,
    ("amount", "items_by_quantity"): _amount_of_each_piece,
    ("amount", "items_proportionally"): _shared_by_amount,
    ("amount", "items_proportionally_by_quantity"): _shared_by_quantity,
    ("fixed", "items"): _price_of_each_piece,
}
"""(type of the discount, how it falls on items) -> what is wanted of each line."""
