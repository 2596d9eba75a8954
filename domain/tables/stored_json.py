"""Is this stored JSON of a shape we know? It carries a schema number; older shapes are made newer step by step, and all else is unreadable.

What cannot be read breaks the one thing it belongs to, in words; whoever lists or starts many goes on with the others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

SCHEMA = "schema"
"""The key of the number. What was stored before there were numbers has none: that is 0."""
Upgrader = Callable[[dict[str, Any]], dict[str, Any]]


class Unreadable(Exception):
    """What is stored cannot be understood. Args: a sentence for a person."""


def upgraded(stored: object, upgraders: Sequence[Upgrader], what: str) -> dict[str, Any]:
    """The JSON in today's shape, without its number; `upgraders[n]` makes shape n + 1 of shape n. Raises Unreadable."""
    if not isinstance(stored, Mapping):
        raise Unreadable(f"{what} cannot be read: it is no object.")
    found = dict(stored)
    schema = found.pop(SCHEMA, 0)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 0:
        raise Unreadable(f"{what} cannot be read: its schema is no number.")
    if schema > len(upgraders):
        raise Unreadable(f"{what} was stored by a newer Largesse. Update this one, then it can be read.")
    for upgrade in upgraders[schema:]:
        found = upgrade(found)
    return found


def numbered(values: dict[str, Any], upgraders: Sequence[Upgrader]) -> dict[str, Any]:
    """The JSON with the number of today's shape."""
    return {SCHEMA: len(upgraders), **values}
