"""Is this stored JSON of a shape we know? It carries a schema number; older shapes are made newer step by step, and all else is unreadable.

What cannot be read breaks the one thing it belongs to, in words; whoever lists or starts many goes on with the others.
"""

import dataclasses
import functools
import types
import typing
import uuid
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

SCHEMA = "schema"
"""The key of the number. What was stored before there were numbers has none: that is 0."""
Upgrader = Callable[[dict[str, Any]], dict[str, Any]]
Record = TypeVar("Record")


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


def typed(record: type[Record], stored: Mapping[str, Any]) -> Record:
    """The frozen record that was stored as this JSON; what is missing is as the record says. Other keys are passed over.

    Raises TypeError or ValueError where something is of another type than its field, however deep it stands.
    """
    hints = _hints(typing.cast("Hashable", record))
    return record(**{name: _typed(hint, stored[name]) for name, hint in hints.items() if name in stored})


@functools.cache
def _hints(record: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(record)


def _typed(hint: Any, value: Any) -> Any:
    """The value as a field of this type has it. Empty text is no id."""
    inside = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        absent = value is None or (value == "" and uuid.UUID in inside)
        return None if absent else _typed(inside[0], value)
    of = typing.get_origin(hint) or hint
    if of is uuid.UUID:
        return uuid.UUID(value)
    if dataclasses.is_dataclass(of):
        return typed(of, value)  # type: ignore[arg-type] # a dataclass is all that is known of it
    if of is not Any and type(value) is not _STORED_AS.get(of, of):
        raise TypeError(f"{value!r} is no {hint}")
    if of is tuple:
        return tuple(_typed(inside[0], one) for one in value)
    return {key: _typed(inside[1], one) for key, one in value.items()} if of is dict else value


_STORED_AS: dict[Any, type] = {tuple: list}
"""What JSON has in place of a type."""
