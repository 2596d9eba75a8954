"""What is the shape of a condition? A walk over it, and the address of each of its nodes."""

from collections.abc import Iterator
from typing import Any

from domain.conditions.facts import Fact, Facts

Condition = dict[str, Any]
"""A node of the tree, JSON-ready."""

JOINS = ("all", "any")


def branches(node: Condition) -> tuple[str, list[Condition]]:
    """How a node joins its children (`all`, `any`, `not`), and which they are; `leaf` and none for a leaf."""
    for join in JOINS:
        if join in node:
            return join, list(node[join])
    return ("not", [node["not"]]) if "not" in node else ("leaf", [])


def leaves(node: Condition, path: str = "") -> Iterator[tuple[str, Condition]]:
    """Every leaf with its path: the places of its ancestors among their brothers, `0.2.1`."""
    join, children = branches(node)
    if join == "leaf":
        yield path, node
    for place, child in enumerate(children):
        yield from leaves(child, f"{path}.{place}" if path else str(place))


def reads(node: Condition, facts: Facts) -> set[str]:
    """The names under which changes of what it reads are marked: `customer.city`, `consent`, `segment:<id>`."""
    return {_mark(leaf, facts.get(leaf["fact"])) for _, leaf in leaves(node)}


def _mark(leaf: Condition, fact: Fact | None) -> str:
    name = (fact.marked_as if fact else "") or leaf["fact"]
    return f"{name}{leaf['value']}" if name.endswith(":") else str(name)
