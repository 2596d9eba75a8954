"""How does a segment's condition read as the reference's filter, and a filter as a condition? One table of fields for both ways."""

import datetime
from collections.abc import Mapping
from typing import Any

from domain import conditions
from domain.conditions import Condition
from domain.customers.profiles.fields import FIELDS
from webapp.api.door.errors import Refusal, shortened, wrong

Field = dict[str, dict[str, Any]]
SUMS = {
    "created_at": "customer.created_at",
    "summary.orders.total_count": "orders.count",
    "summary.orders.last_order_date": "orders.last_at",
}
FACTS: dict[str, str] = {name: f"customer.{field.key}" for field in FIELDS for name in field.api_names} | SUMS
"""The reference's name of a field -> our fact. Metadata have one name in both."""
NAMES: dict[str, str] = {f"customer.{field.key}": field.api_names[0] for field in FIELDS} | {fact: name for name, fact in SUMS.items()}
OPERATORS = {"is_days_ago": "days_ago", "is_days_in_future": "days_in_future"}
"""Operators with another name than ours; the rest only have a $ before them."""
BACK = {ours: theirs for theirs, ours in OPERATORS.items()}
MANY = frozenset({"in", "not_in", "between"})
MIDNIGHT = {"after": "more_than_equal", "before": "before", "more_than_equal": "more_than_equal", "less_than": "before"}
"""What is asked of a moment that begins a day -> what that is, asked of the day."""


def condition(filter: Mapping[str, Any]) -> Condition:
    """The condition that a filter means; whether its values fit is asked where it is saved. Raises Refusal."""
    junction = str(filter.get("junction") or "and").lower()
    if junction not in {"and", "or"}:
        raise _refusal("junction may be and, or or")
    parts = [leaf for name, said in filter.items() if name != "junction" for leaf in _leaves(name, said)]
    if not parts:
        raise _refusal('has nothing in it; write {"address.city": {"conditions": {"$is": ["Bristol"]}}}')
    return {"any" if junction == "or" else "all": parts}


def _leaves(name: str, said: Any) -> list[Condition]:
    fact = name if name.startswith("metadata.") else FACTS.get(name)
    if fact is None:
        raise _refusal(f"{shortened(name)} is no field. There are: {', '.join(sorted(FACTS))}, and metadata.…")
    asked = said.get("conditions") if isinstance(said, Mapping) else None
    if not isinstance(asked, Mapping) or not asked:
        raise _refusal(f'{shortened(name)} is an object like {{"conditions": {{"$is": ["…"]}}}}')
    return [_leaf(name, fact, str(operator), values) for operator, values in asked.items()]


def _leaf(name: str, fact: str, operator: str, given: Any) -> Condition:
    if isinstance(given, Mapping):
        raise _refusal(f"{shortened(name)}.{shortened(operator)} is a value, or a list of them")
    values = given if isinstance(given, list) else [given]
    found = OPERATORS.get(bare := operator.removeprefix("$"), bare)
    if found in MANY:
        return {"fact": fact, "is": found, "value": values}
    if len(values) != 1:
        raise _refusal(f"{shortened(name)}.{shortened(operator)} is one value")
    value = values[0]
    if isinstance(value, str) and "T" in value and (day := _day(value)) and found in MIDNIGHT:
        return {"fact": fact, "is": MIDNIGHT[found], "value": day}
    return {"fact": fact, "is": found, "value": value}


def _day(text: str) -> str:
    """The day that begins at this moment in UTC; empty where it is no such moment."""
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        return ""
    return at.date().isoformat() if at.time() == datetime.time() else ""


def written(kept: Condition | None) -> dict[str, Any] | None:
    """A condition as a filter; None where it is none, or says what filters cannot: groups in groups, and what only we know."""
    if kept is None:
        return None
    junction = "or" if "any" in kept else "and"
    parts = kept.get("all") or kept.get("any") or [kept]
    filter: dict[str, Any] = {"junction": junction}
    for leaf in parts:
        name = _name(leaf)
        if name is None:
            return None
        asked = filter.setdefault(name, {"conditions": {}})["conditions"]
        operator = f"${BACK.get(leaf['is'], leaf['is'])}"
        if operator in asked:
            return None
        value = leaf.get("shown", leaf.get("value", True))
        asked[operator] = value if isinstance(value, list) else [value]
    return filter


def _name(leaf: Condition) -> str | None:
    fact = str(leaf.get("fact", ""))
    return fact if fact.startswith("metadata.") else NAMES.get(fact)


def by_field(kept: Condition, path: str) -> str:
    """Which field a mistake at a place of the condition is about."""
    leaf = dict(conditions.leaves(kept)).get(path)
    return (_name(leaf) or "") if leaf else ""


def _refusal(words: str) -> Refusal:
    return wrong("invalid_payload", f"filter: {words}.")
