"""Which leaf of a rule keeps somebody out, which value did it see, and what may the customer be told?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.conditions import Condition, EvaluationTime, Facts, Verdict, explain
from domain.conditions.tree import branches
from domain.incentives.rules.facts import group
from domain.tables.redemptions import Rule


@dataclass(frozen=True)
class RuleNo:
    """A rule that does not hold."""

    rule: Rule
    about: str
    """`order`, `redemption` or `customer`."""
    leaf: str
    """The condition that fails, in words."""
    seen: str
    """The value that it saw."""
    message: str
    """What the customer may be told: of the leaf, else of the rule; empty where it has none."""

    @property
    def words(self) -> str:
        """The leaf and what it saw."""
        return f"{self.leaf}: it is {self.seen}" if self.seen else self.leaf


def failing(rule: Rule, values: Mapping[str, Any], facts: Facts, moment: EvaluationTime) -> RuleNo | None:
    """Why the rule does not hold; None where it does."""
    verdict = explain(rule.condition, values, facts, moment)
    if verdict.holds:
        return None
    path, leaf, node = _first(verdict, rule.condition, wanted=True)
    message = str(rule.messages.get(path) or rule.message)
    return RuleNo(rule, group(str(node.get("fact", ""))), leaf.words, leaf.seen, message)


def _first(verdict: Verdict, node: Condition, wanted: bool, path: str = "") -> tuple[str, Verdict, Condition]:
    """The first leaf that is not as it would have to be; within `not` it would have to fail."""
    join, children = branches(node)
    if join == "leaf" or not children:
        return path, verdict, node
    needed = not wanted if join == "not" else wanted
    at = next((n for n, part in enumerate(verdict.parts) if part.holds is not needed), 0)
    return _first(verdict.parts[at], children[at], needed, f"{path}.{at}" if path else str(at))
