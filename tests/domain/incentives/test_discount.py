"""Discounts as programs write them: read and written back they are the same, and what is wrong has a name."""

from typing import Any

import pytest

from domain.incentives import discount


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"type": "PERCENT", "percent_off": 15.0}, {"type": "percent", "percent": 15}),
        (
            {"type": "PERCENT", "percent_off": 12.5, "amount_limit": 600, "effect": "APPLY_TO_ITEMS"},
            {"type": "percent", "percent": 12.5, "most": 600, "effect": "items"},
        ),
        ({"type": "AMOUNT", "amount_off": 500, "effect": "APPLY_TO_ORDER"}, {"type": "amount", "minor": 500}),
        (
            {"type": "AMOUNT", "amount_off": 500, "effect": "APPLY_TO_ITEMS_PROPORTIONALLY", "aggregated_amount_limit": 900},
            {"type": "amount", "minor": 500, "most_of_order": 900, "effect": "items_proportionally"},
        ),
        ({"type": "FIXED", "fixed_amount": 0}, {"type": "fixed", "minor": 0}),
        (
            {"type": "UNIT", "unit_off": 2, "unit_type": "prod_1", "effect": "ADD_MISSING_ITEMS"},
            {"type": "unit", "units": 2, "of": "prod_1", "effect": "missing"},
        ),
    ],
)
def test_what_programs_write_is_kept_and_written_back(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    assert discount.from_api(theirs) == ours
    assert discount.mistake(ours) is None
    back = discount.api_shape(ours)
    assert back is not None
    assert {name: back[name] for name in theirs} == theirs
    assert discount.from_api(back) == ours


@pytest.mark.parametrize(
    ("theirs", "field"),
    [
        ({"type": "CREDITS"}, "discount_type"),
        ({"type": "PERCENT", "percent_off": 101}, "percent"),
        ({"type": "AMOUNT", "amount_off": 10.5}, "amount"),
        ({"type": "AMOUNT", "amount_off": 1e300}, "amount"),
        ({"type": "AMOUNT", "amount_off": 100, "effect": "ADD_NEW_ITEMS"}, "effect"),
        ({"type": "PERCENT", "percent_off": 5, "amount_limit": 0}, "most"),
        ({"type": "UNIT", "unit_off": 1.5, "unit_type": "x"}, "units"),
    ],
)
def test_what_cannot_be_is_refused_by_field(theirs: dict[str, Any], field: str) -> None:
    wrong = discount.mistake(discount.from_api(theirs))

    assert wrong is not None
    assert wrong[0] == field


def test_the_most_that_is_taken_off_is_said() -> None:
    assert discount.in_words({"type": "percent", "percent": 15, "most": 1000}, "EUR") == "15 % off, up to €10"
