"""Rules as programs write them, read as conditions."""

from typing import Any

import pytest

from domain.incentives.rules.as_sent import read

BIG = {"name": "order.amount", "conditions": {"$more_than": [5000]}, "error": {"message": "From 50 on."}}
BATH = {"name": "customer.metadata", "property": "city", "conditions": {"$in": ["Bath", "Bristol"]}}
FIRST = {"name": "redemption.count.per_customer", "conditions": {"$less_than": [1]}}
LEAVES = [
    {"fact": "order.amount", "is": "more_than", "value": 50.0},
    {"fact": "metadata.city", "is": "in", "value": ["Bath", "Bristol"]},
    {"fact": "redemption.by_customer", "is": "less_than", "value": 1},
]


@pytest.mark.parametrize(
    ("logic", "condition", "path"),
    [
        ("1", LEAVES[0], ""),
        ("1 and 2", {"all": [LEAVES[0], LEAVES[1]]}, "0"),
        ("2 or (3 AND 1)", {"any": [LEAVES[1], {"all": [LEAVES[2], LEAVES[0]]}]}, "1.1"),
        ("", {"all": LEAVES}, "0"),
    ],
)
def test_logic_joins_the_rules_and_messages_follow_their_leaves(logic: str, condition: dict[str, Any], path: str) -> None:
    sent = read({"1": BIG, "2": BATH, "3": FIRST, "logic": logic}, 2)

    assert sent.condition == condition
    assert sent.messages == {path: "From 50 on."}


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({}, "1 to 100"),
        ({"1": BIG, "logic": "1 and"}, "too early"),
        ({"1": BIG, "logic": "(1"}, "bracket"),
        ({"1": BIG, "logic": "1 2"}, "cannot be read"),
        ({"1": BIG, "logic": "9"}, "no rule"),
        ({"1": BIG, "logic": "1 xor 1"}, "may have"),
        ({"1": {"name": "weather", "conditions": {"$is": ["fine"]}}}, "weather"),
        ({"1": {"name": "order.amount", "conditions": {"$near": [1]}}}, "near"),
        ({"1": {"name": "order.amount", "conditions": {}}}, "one condition"),
        ({"1": "x"}, "one condition"),
    ],
)
def test_what_cannot_be_read_is_said(rules: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(rules, 2)
