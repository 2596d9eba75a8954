"""Does a condition hold for these values, and if not, where does it fail?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.conditions.facts import EvaluationTime, Facts, Type
from domain.conditions.operators import operator
from domain.conditions.tree import Condition, branches
from domain.conditions.values import operand, typed
from domain.conditions.words import leaf_in_words, value_in_words

Values = Mapping[str, Any]
"""What is known, by the keys of facts; what is not in it is missing."""


def holds(node: Condition, values: Values, facts: Facts, moment: EvaluationTime) -> bool:
    """Whether the condition holds."""
    join, children = branches(node)
    match join:
        case "all":
            return all(holds(child, values, facts, moment) for child in children)
        case "any":
            return any(holds(child, values, facts, moment) for child in children)
        case "not":
            return not holds(children[0], values, facts, moment)
        case _:
            return _leaf(node, values, facts, moment)


def _leaf(leaf: Condition, values: Values, facts: Facts, moment: EvaluationTime) -> bool:
    fact = facts.get(leaf["fact"])
    found = operator(fact, leaf["is"]) if fact else None
    if fact is None or found is None:
        return False
    value = typed(fact, values.get(fact.key))
    verdict = found.of_missing if value is None else found.test(value, operand(fact, leaf.get("value")), moment)
    return verdict is not found.negated


@dataclass(frozen=True)
class Verdict:
    """A node with its answer. A leaf has its `words` and the value that was `seen`; a group its `join` and `parts`."""

    holds: bool
    join: str
    words: str = ""
    seen: str = ""
    parts: tuple["Verdict", ...] = ()


def explain(node: Condition, values: Values, facts: Facts, moment: EvaluationTime) -> Verdict:
    """The tree with the verdict of each leaf and the value it saw."""
    join, children = branches(node)
    answer = holds(node, values, facts, moment)
    if join != "leaf":
        return Verdict(answer, join, parts=tuple(explain(child, values, facts, moment) for child in children))
    fact = facts.get(leaf_fact := node["fact"])
    if fact is None:
        return Verdict(answer, "leaf", leaf_in_words(node, facts), f"“{leaf_fact}” is not known here")
    value = values.get(leaf_fact)
    if fact.type == Type.RELATION:
        standing = sorted((value or {}).get(node.get("value"), ()))
        said = [a.words for a in fact.aspects if a.key in standing]
        return Verdict(answer, "leaf", leaf_in_words(node, facts), ", ".join(said) or "nothing of the kind")
    seen = value_in_words(value, fact) if typed(fact, value) is not None else _missing(value, fact.type)
    return Verdict(answer, "leaf", leaf_in_words(node, facts), seen)


def _missing(value: Any, type: Type) -> str:
    return "nothing" if value is None or value == "" else f"“{value}”, which is no {type}"
