"""What stands in the form of a condition? Groups and leaves as they were typed, right or wrong, to and from the condition they mean.

Names are `<prefix>-<path>-fact`, `-is`, `-value`, `-value2` for a leaf and `<prefix>-<path>-join` for a group; the root's path is empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.conditions import Condition, Facts
from domain.conditions.operators import operator
from domain.conditions.tree import branches
from domain.kernel.text import numbers

JOINS = {"all": "All", "any": "Any", "none": "None"}


@dataclass
class Node:
    """A group (it has a `join`) or a leaf, with what is `wrong` about it."""

    path: str
    join: str = ""
    children: list["Node"] = field(default_factory=list)
    fact: str = ""
    how: str = ""
    values: tuple[str, ...] = ()
    wrong: str = ""
    fresh: bool = False
    """Just added: it takes the focus."""

    @property
    def value(self) -> str:
        """The first or only value."""
        return self.values[0] if self.values else ""

    @property
    def value2(self) -> str:
        """The second of two."""
        return self.values[1] if len(self.values) > 1 else ""

    @property
    def id(self) -> str:
        """For ids of elements, which have no dots."""
        return self.path.replace(".", "_") or "root"

    def renumbered(self, path: str = "") -> "Node":
        """The same tree with paths by place."""
        self.path = path
        for place, child in enumerate(self.children):
            child.renumbered(f"{path}.{place}" if path else str(place))
        return self

    def all(self) -> list["Node"]:
        """This node and everything below it."""
        return [self, *(node for child in self.children for node in child.all())]


def empty() -> Node:
    """A group with one condition to fill in."""
    return Node("", "all", [Node("0")])


def from_form(form: Mapping[str, str], prefix: str) -> Node:
    """The tree that was sent; an empty one where none was."""
    found: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        match = re.fullmatch(rf"{re.escape(prefix)}-((?:\d+(?:\.\d+)*)?)-(join|fact|is|value|value2)", name)
        if match and len(match[1]) < 60:
            found.setdefault(match[1], {})[match[2]] = value
    if "join" not in found.get("", {}):
        return empty()
    return _sent("", found).renumbered()


def _sent(path: str, found: Mapping[str, Mapping[str, str]]) -> Node:
    mine = found[path]
    if "join" not in mine:
        values = (mine.get("value", ""), *((mine["value2"],) if "value2" in mine else ()))
        return Node(path, fact=mine.get("fact", ""), how=mine.get("is", ""), values=values)
    below = f"{path}." if path else ""
    places = sorted(int(p[len(below) :]) for p in found if p and p.startswith(below) and p[len(below) :].isdecimal())
    join = mine["join"] if mine["join"] in JOINS else "all"
    return Node(path, join, [_sent(f"{below}{place}", found) for place in places])


def from_condition(condition: Condition, facts: Facts) -> Node:
    """The tree that a condition is drawn as."""
    node = _drawn(condition, facts)
    root = node if node.join else Node("", "all", [node])
    return root.renumbered()


def _drawn(condition: Condition, facts: Facts) -> Node:
    join, children = branches(condition)
    if join == "leaf":
        return _leaf(condition, facts)
    if join == "not":
        inner, grandchildren = branches(children[0])
        return Node("", "none", [_drawn(child, facts) for child in (grandchildren if inner == "any" else children)])
    return Node("", join, [_drawn(child, facts) for child in children])


def _leaf(leaf: Condition, facts: Facts) -> Node:
    fact = facts.get(leaf["fact"])
    found = operator(fact, leaf["is"]) if fact else None
    shown = leaf.get("shown", leaf.get("value"))
    values: tuple[str, ...] = () if shown is None else (_typed(shown),)
    if found is not None and isinstance(shown, list):
        values = tuple(map(_typed, shown)) if found.takes == "two" else (", ".join(map(_typed, shown)),)
    return Node("", fact=leaf["fact"], how=leaf["is"], values=values)


def _typed(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return numbers.written(value)
        case _:
            return str(value)


def to_condition(node: Node, facts: Facts, where: dict[str, str], path: str = "") -> Condition:
    """The condition a tree means, unchecked; `where` learns which path of it is which path of the tree."""
    where[path] = node.path
    if not node.join:
        fact = facts.get(node.fact)
        found = operator(fact, node.how) if fact else None
        value = list(node.values) if found is not None and found.takes == "two" else node.value
        return {"fact": node.fact, "is": node.how, "value": value}
    if node.join == "none":
        where[f"{path}.0" if path else "0"] = node.path
        return {"not": _group(node, "any", facts, where, f"{path}.0" if path else "0")}
    return _group(node, node.join, facts, where, path)


def _group(node: Node, join: str, facts: Facts, where: dict[str, str], path: str) -> Condition:
    below = f"{path}." if path else ""
    return {join: [to_condition(child, facts, where, f"{below}{place}") for place, child in enumerate(node.children)]}
