"""What does a rule as Voucherify writes it mean? `{"1": {"name": …, "conditions": …}, "logic": "1 and 2"}` as a condition of ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.conditions import Condition
from domain.kernel.base import Prefix, inside

OPERATORS = {
    "$is": "is", "$is_not": "is_not", "$in": "in", "$not_in": "not_in", "$contains": "contains", "$not_contain": "not_contain",
    "$starts_with": "starts_with", "$ends_with": "ends_with", "$more_than": "more_than", "$less_than": "less_than",
    "$more_than_or_equal": "more_than_equal", "$less_than_or_equal": "less_than_equal", "$more_than_equal": "more_than_equal",
    "$less_than_equal": "less_than_equal", "$has_value": "has_value", "$is_unknown": "unknown",
}  # fmt: skip
MANY, NONE = {"in", "not_in"}, {"has_value", "unknown"}
MONEY = {
    "order.amount": "order.amount",
    "order.initial_amount": "order.amount",
    "order.total_amount": "order.total",
    "campaign.orders.amount": "budget.orders",
    "campaign.orders.amount_discounted": "budget.discounts",
}
"""Voucherify's name -> our fact; theirs are in minor units, ours in whole ones."""
NUMBERS = {
    "order.items.count": "order.items",
    "redemption.count": "redemption.of_code",
    "redemption.count.per_customer": "redemption.by_customer",
    "campaign.redemptions.count": "redemption.of_campaign",
    "campaign.redemptions.count.daily": "redemption.today",
}
OWN = {"customer.metadata": "metadata.", "order.metadata": "order.metadata.", "redemption.metadata": "redemption.metadata."}
MOST = 100
_TOKEN = re.compile(r"\s*(\(|\)|and\b|or\b|\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class RuleAsSent:
    """The condition, and what a customer is told of single leaves, by path."""

    condition: Condition
    messages: Mapping[str, str]


def read(rules: Mapping[str, Any], places: int) -> RuleAsSent:
    """What it means; `places` are the decimals of the currency. Raises ValueError in words."""
    numbered = {key: one for key, one in rules.items() if key != "logic"}
    if not numbered or len(numbered) > MOST:
        raise ValueError(f"rules has 1 to {MOST} rules, named by numbers, and logic.")
    messages: dict[str, str] = {}
    logic = str(rules.get("logic") or " and ".join(numbered))
    tokens = _tokens(logic)
    tree, rest = _any(tokens, numbered, places, messages)
    if rest:
        raise ValueError(f"rules.logic cannot be read from “{rest[0]}” on. Write it like 1 and (2 or 3).")
    paths: dict[str, str] = {}
    condition = _placed(tree, "", messages, paths)
    return RuleAsSent(condition, paths)


def _tokens(logic: str) -> list[str]:
    found: list[str] = []
    at = 0
    while logic[at:].strip():
        token = _TOKEN.match(logic, at)
        if token is None or len(found) > 10 * MOST:
            raise ValueError("rules.logic may have numbers of rules, and, or, and brackets.")
        found.append(token[1].lower())
        at = token.end()
    return found


def _any(tokens: list[str], rules: Mapping[str, Any], places: int, messages: dict[str, str]) -> tuple[Any, list[str]]:
    return _joined("or", "any", _all, tokens, rules, places, messages)


def _all(tokens: list[str], rules: Mapping[str, Any], places: int, messages: dict[str, str]) -> tuple[Any, list[str]]:
    return _joined("and", "all", _one, tokens, rules, places, messages)


def _joined(
    word: str, join: str, inner: Any, tokens: list[str], rules: Mapping[str, Any], places: int, messages: dict[str, str]
) -> tuple[Any, list[str]]:
    first, rest = inner(tokens, rules, places, messages)
    parts = [first]
    while rest and rest[0] == word:
        more, rest = inner(rest[1:], rules, places, messages)
        parts.append(more)
    return (parts[0] if len(parts) == 1 else {join: parts}), rest


def _one(tokens: list[str], rules: Mapping[str, Any], places: int, messages: dict[str, str]) -> tuple[Any, list[str]]:
    if not tokens:
        raise ValueError("rules.logic ends too early. Write it like 1 and (2 or 3).")
    if tokens[0] == "(":
        inner, rest = _any(tokens[1:], rules, places, messages)
        if not rest or rest[0] != ")":
            raise ValueError("rules.logic has a bracket that is not closed.")
        return inner, rest[1:]
    if tokens[0] not in rules:
        raise ValueError(f"rules.logic names {tokens[0]}, which is no rule.")
    return _rule(tokens[0], rules[tokens[0]], places, messages), tokens[1:]


def _rule(key: str, rule: Any, places: int, messages: dict[str, str]) -> Condition:
    if not isinstance(rule, Mapping) or not isinstance(rule.get("conditions"), Mapping) or len(rule["conditions"]) != 1:
        raise ValueError(f'rules.{key} has a name, and one condition such as {{"$is": ["…"]}}.')
    error = rule.get("error")
    if isinstance(error, Mapping) and error.get("message"):
        messages[key] = str(error["message"])
    ((word, value),) = rule["conditions"].items()
    return {**_leaf(key, str(rule.get("name", "")), str(rule.get("property") or ""), str(word), value, places), "_of": key}


def _leaf(key: str, name: str, property: str, word: str, value: Any, places: int) -> Condition:
    values = value if isinstance(value, list) else [value]
    if name == "customer.segment" and word in {"$is", "$is_not"} and len(values) == 1:
        segment = inside(Prefix.SEGMENT, str(values[0]))
        return {"fact": "segment", "is": "member" if word == "$is" else "not_member", "value": str(segment or values[0])}
    operator = OPERATORS.get(word)
    if operator is None:
        raise ValueError(f"rules.{key}.conditions: there is no {word[:50]} here. There are: {', '.join(OPERATORS)}.")
    fact = MONEY.get(name) or NUMBERS.get(name) or (OWN[name] + property if name in OWN and property else "")
    if not fact:
        there = ", ".join(["customer.segment", *MONEY, *NUMBERS, *OWN])
        raise ValueError(f"rules.{key}.name: “{name[:100]}” is not asked here. There are: {there}.")
    if name in MONEY:
        values = [_units(one, places) for one in values]
    if operator in NONE:
        return {"fact": fact, "is": operator}
    return {"fact": fact, "is": operator, "value": values if operator in MANY else values[0] if values else None}


def _units(value: Any, places: int) -> Any:
    """Minor units in whole ones, as conditions are typed."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 10**15:
        return value
    return float(Decimal(str(value)).scaleb(-places))


def _placed(node: Any, path: str, messages: Mapping[str, str], paths: dict[str, str]) -> Condition:
    """The condition without our marks; `paths` learns where each message belongs."""
    for join in ("all", "any"):
        if join in node:
            return {join: [_placed(one, f"{path}.{n}" if path else str(n), messages, paths) for n, one in enumerate(node[join])]}
    if node["_of"] in messages:
        paths[path] = messages[node["_of"]]
    return {name: value for name, value in node.items() if name != "_of"}
