"""What every kind of discount takes off an order, alone and one after the other."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from domain.incentives.pricing.cart import Cart, Line, Thing
from domain.incentives.pricing.take_off import OF_ITEMS, shared, take_off

WATCH = Line(2000, 1, 2000, item=0, names=frozenset({"watch"}))
ROSES = Line(700, 1, 700, item=1, names=frozenset({"roses"}))
LOAVES = Line(1350, 3, 450, item=0, names=frozenset({"loaf"}))
BASKET = Cart((WATCH, ROSES))
LOAF = Thing("loaf", 450, "loaf")


def off(minor: int, **more: Any) -> dict[str, Any]:
    return {"type": "amount", "minor": minor, **more}


def percent(size: float, **more: Any) -> dict[str, Any]:
    return {"type": "percent", "percent": size, **more}


def price(minor: int, **more: Any) -> dict[str, Any]:
    return {"type": "fixed", "minor": minor, **more}


@pytest.mark.parametrize(
    ("discount", "order", "items", "total"),
    [
        (off(500), 500, [0, 0], 2200),
        (off(5000), 2700, [0, 0], 0),
        (off(1000, effect="items"), 0, [1000, 700], 1000),
        (off(1000, effect="items", most_of_order=1200), 0, [1000, 200], 1500),
        (off(1000, effect="items_proportionally"), 0, [741, 259], 1700),
        (off(9999, effect="items_proportionally"), 0, [2000, 700], 0),
        (off(1001, effect="items_proportionally_by_quantity"), 0, [501, 500], 1699),
        (off(300, effect="items_by_quantity"), 0, [300, 300], 2100),
        (percent(10), 270, [0, 0], 2430),
        (percent(10, most=200), 200, [0, 0], 2500),
        (percent(100), 2700, [0, 0], 0),
        (percent(15, effect="items"), 0, [300, 105], 2295),
        (percent(15, effect="items", most=200), 0, [200, 105], 2395),
        (percent(50, effect="items", most_of_order=1100), 0, [1000, 100], 1600),
        (price(2000), 700, [0, 0], 2000),
        (price(9000), 0, [0, 0], 2700),
        (price(600, effect="items"), 0, [1400, 100], 1200),
    ],
)
def test_each_discount_takes_off_what_it_says_and_no_more_than_there_is(
    discount: dict[str, Any], order: int, items: list[int], total: int
) -> None:
    taken = take_off(discount, BASKET)

    assert (taken.order, [line.discount for line in taken.after.lines], taken.after.total) == (order, items, total)
    assert taken.whole == BASKET.total - taken.after.total


@pytest.mark.parametrize(("size", "total", "taken"), [(15, 999, 150), (15, 10, 2), (12.5, 100, 13), (33.3, 1000, 333), (0.4, 100, 0)])
def test_percents_are_rounded_half_up(size: float, total: int, taken: int) -> None:
    assert take_off(percent(size), Cart(said=total)).whole == taken


def test_pieces_count_where_a_discount_is_for_each_piece() -> None:
    assert take_off(off(100, effect="items_by_quantity"), Cart((LOAVES,))).whole == 300
    assert take_off(price(300, effect="items"), Cart((LOAVES,))).whole == 450


def test_an_order_without_items_comes_to_what_the_shop_said() -> None:
    assert take_off(off(500), Cart(said=1800)).after.total == 1300
    assert take_off(percent(50, effect="items"), Cart(said=1800)).whole == 0, "there is no item to take it off"


def test_one_after_the_other_each_takes_of_what_is_left() -> None:
    cart, taken = BASKET, []
    for discount in (off(1000, effect="items"), off(100), percent(40), percent(15, effect="items"), off(9999)):
        step = take_off(discount, cart)
        cart = step.after
        taken.append((step.order, step.items))

    assert taken == [(0, 1700), (100, 0), (360, 0), (0, 150), (390, 0)]
    assert (cart.amount, cart.discount, cart.items_discount, cart.total) == (2700, 850, 1850, 0)


@pytest.mark.parametrize(
    ("lines", "effect", "quantity", "free", "amount", "discount"),
    [
        ((LOAVES,), "new", 5, 2, 2250, 900),
        ((LOAVES,), "missing", 3, 2, 1350, 900),
        ((Line(450, 1, 450, names=frozenset({"loaf"})),), "missing", 2, 2, 900, 900),
        ((WATCH,), "new", 2, 2, 900, 900),
        ((), "missing", 2, 2, 900, 900),
    ],
)
def test_free_units_are_added_or_what_is_there_costs_nothing(
    lines: tuple[Line, ...], effect: str, quantity: int, free: int, amount: int, discount: int
) -> None:
    before = Cart(lines)
    after = take_off({"type": "unit", "units": 2, "of": "loaf", "effect": effect}, before, LOAF).after
    line = next(line for line in after.lines if "loaf" in line.names)

    assert (line.quantity, line.free, line.amount, line.discount) == (quantity, free, amount, discount)
    assert after.total <= before.total


def test_a_free_thing_without_a_price_is_a_line_and_takes_nothing_off() -> None:
    after = take_off({"type": "unit", "units": 1, "of": "Coffee"}, Cart(said=900)).after

    assert (after.total, after.lines[0].quantity, after.lines[0].amount) == (900, 1, None)
    assert take_off({"type": "unit", "units": 1, "of": "loaf"}, Cart(said=900), LOAF).after.total == 900


_MONEY = st.integers(0, 10_000)
_LINES = st.lists(st.builds(lambda each, many: Line(each * many, many, each), _MONEY, st.integers(1, 9)), max_size=5)
_DISCOUNTS = st.one_of(
    *(st.builds(lambda minor, t=type, e=effect: {"type": t, "minor": minor, "percent": minor / 100, "effect": e}, _MONEY)
      for type, effect in [*OF_ITEMS, ("amount", "order"), ("percent", "order"), ("fixed", "order")]),
)  # fmt: skip


@given(_LINES, st.lists(_DISCOUNTS, max_size=5))
def test_whatever_is_taken_off_nothing_falls_below_zero_and_the_sums_agree(lines: list[Line], discounts: list[dict[str, Any]]) -> None:
    cart = Cart(tuple(lines), said=500)
    whole = cart.total
    for discount in discounts:
        step = take_off(discount, cart)
        assert 0 <= step.whole == cart.total - step.after.total
        cart = step.after

    assert all(0 <= line.discount <= (line.amount or 0) for line in cart.lines)
    assert cart.total == whole - cart.discount - cart.items_discount >= 0


@given(st.integers(0, 10_000), st.lists(st.integers(0, 50), min_size=1, max_size=9))
def test_shared_parts_are_the_whole(minor: int, weights: list[int]) -> None:
    assert sum(shared(minor, weights)) == (minor if any(weights) else 0)
