"""How do programs write and read a customer? One shape in both directions, with the reference's names where it has any."""

import datetime
from collections.abc import Mapping
from typing import Any

from domain.conditions.facts import Type
from domain.customers.profiles.fields import FIELDS, CustomerField, plain
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer

MADE_HERE = frozenset({"id", "object", "created_at", "updated_at"})
"""What an answer has besides the facts; sent back to us, it says nothing."""


def whole(customer: Customer) -> dict[str, Any]:
    """Everything that is said of a customer, each fact under the first of its names."""
    body: dict[str, Any] = {"id": outside(Prefix.CUSTOMER, customer.id), "object": "customer"}
    for field in FIELDS:
        _put(body, field.api_names[0], _value(customer, field))
    times = {"created_at": customer.created_at, "updated_at": customer.updated_at}
    return body | {"metadata": customer.details} | {name: at.astimezone(datetime.UTC).isoformat() for name, at in times.items()}


def short(customer: Customer) -> dict[str, Any]:
    """The short form that stands inside other things."""
    facts = {field.key: _value(customer, field) for field in FIELDS if field.in_reference}
    return {"id": outside(Prefix.CUSTOMER, customer.id), **facts, "metadata": customer.details, "object": "customer"}


def accepted() -> frozenset[str]:
    """The keys that may stand in the object of a customer; those inside `address` included, as `address.city`."""
    names = {name for field in FIELDS for name in field.api_names}
    return frozenset(names | {name.partition(".")[0] for name in names} | {"metadata"} | MADE_HERE)


def typed(given: Mapping[str, Any]) -> dict[str, str]:
    """The facts a program gave, as if they were typed: ready for `input.read`; null is an empty text. Raises Refused by name.

    Of two names of one fact that are both given, the first that `api_names` lists counts. Other keys are passed over: see `accepted`.
    """
    found: dict[str, str] = {}
    mistakes: dict[str, str] = {}
    for field in FIELDS:
        name = next((name for name in field.api_names if _is_given(given, name)), "")
        try:
            found |= {field.key: _typed(given, name, field)} if name else {}
        except _NotAText as wrong:
            mistakes[wrong.name] = f"{wrong.name} is {wrong.what}, like {wrong.example}."
    if mistakes:
        raise Refused(mistakes)
    return found


class _NotAText(Exception):
    def __init__(self, name: str, what: str, example: str) -> None:
        self.name, self.what, self.example = name, what, example


def _is_given(given: Mapping[str, Any], name: str) -> bool:
    outer, _, inner = name.partition(".")
    if not inner:
        return outer in given
    return inner in given[outer] if isinstance(given.get(outer), Mapping) else given.get(outer) is not None


def _typed(given: Mapping[str, Any], name: str, field: CustomerField) -> str:
    outer, _, inner = name.partition(".")
    value = given[outer]
    if inner:
        if not isinstance(value, Mapping):
            raise _NotAText(outer, "an object", f"{{“{inner}”: “{field.example}”}}")
        value = value[inner]
    if value is None:
        return ""
    if isinstance(value, bool) and field.fact is Type.BOOLEAN:
        return field.words(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _NotAText(name, "a text", f"“{field.example}”")
    return str(value)


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    outer, _, inner = name.partition(".")
    if inner:
        body.setdefault(outer, {})[inner] = value
    else:
        body[outer] = value


def _value(customer: Customer, field: CustomerField) -> Any:
    value = getattr(customer, field.key)
    return None if value == field.empty else plain(value)
