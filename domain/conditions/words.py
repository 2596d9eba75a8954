"""How is a condition said? One plain sentence that a marketer can read aloud."""

import datetime
from typing import Any

from domain.conditions.facts import Fact, Facts, Type
from domain.conditions.operators import Operator, operator
from domain.conditions.tree import Condition, branches


def in_words(node: Condition, facts: Facts) -> str:
    """`City is one of Bristol or Bath, and spend is more than 100`."""
    said = _said(node, facts, top=True)
    return said[:1].upper() + said[1:] if said else "Everybody"


def _said(node: Condition, facts: Facts, top: bool = False) -> str:
    join, children = branches(node)
    if join == "leaf":
        return leaf_in_words(node, facts)
    if join == "not":
        inner, grandchildren = branches(children[0])
        if inner == "any":
            return "none of these: " + "; ".join(_said(child, facts) for child in grandchildren)
        return f"not ({_said(children[0], facts, top=True)})"
    said = [_said(child, facts) for child in children]
    if len(said) < 2:
        return "".join(said)
    joined = (", and " if join == "all" else ", or ").join(said)
    return joined if top else f"({joined})"


def leaf_in_words(leaf: Condition, facts: Facts) -> str:
    """`spend is more than 100`."""
    fact = facts.get(leaf.get("fact", ""))
    found = operator(fact, leaf.get("is", "")) if fact else None
    if fact is None or found is None:
        return f"“{leaf.get('fact', '')}” (which is not known here)"
    label = fact.label if fact.label[:2].isupper() else fact.label[:1].lower() + fact.label[1:]
    shown = leaf.get("shown", leaf.get("value"))
    if fact.type == Type.RELATION:
        return f"{found.words} {fact.choices.get(str(shown), 'something deleted')}"
    return f"{label} {_compared(found, shown, fact)}"


def _compared(found: Operator, shown: Any, fact: Fact) -> str:
    match found.takes:
        case "nothing":
            return found.words
        case "days":
            days = found.words.replace("…", str(shown))
            return days.replace("1 days", "1 day") if shown == 1 else days
        case "two":
            return f"{found.words} {value_in_words(shown[0], fact)} and {value_in_words(shown[1], fact)}"
        case "many":
            said = [value_in_words(value, fact) for value in shown]
            few = said if len(said) <= 6 else [*said[:5], f"{len(said) - 5} others"]
            return f"{found.words} {' or '.join([', '.join(few[:-1]), few[-1]]) if len(few) > 1 else few[0]}"
        case _:
            return f"{found.words} {value_in_words(shown, fact)}"


def value_in_words(value: Any, fact: Fact) -> str:
    """A value as it is shown: `10 September 2011`, `1,250`, `yes`."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,}"
        case datetime.datetime():
            return f"{value:%-d %B %Y, %H:%M}"
        case datetime.date():
            return f"{value:%-d %B %Y}"
        case str() if fact.type in {Type.DATE, Type.DATETIME} and len(value) == 10:
            return f"{datetime.date.fromisoformat(value):%-d %B %Y}"
        case _:
            return str(value)
