"""How are the facts of a customer read? On the profile, in one line for each part of the form, and the values of metadata."""

import datetime
from collections.abc import Callable
from itertools import groupby
from typing import Any

from domain.customers.profiles import fields
from domain.customers.profiles.fields import Control, CustomerField
from domain.kernel import addresses
from domain.tables.customers import Customer
from webapp.customers import blueprint
from webapp.formatting import at, day


def in_words(value: Any) -> str:
    """A value of no particular type; yes and no are words."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


_SHOWN: dict[Control, Callable[[Any], Any]] = {Control.DATE: day, Control.PHONE: addresses.shown}
"""How people read a fact, where that is not how they type it."""


def facts_of(customer: Customer) -> list[tuple[str, Any]]:
    """What the profile says under its head: label and words. The facts of a section of the form are one line."""
    found: list[tuple[str, Any]] = []
    for section, members in groupby(fields.FIELDS, key=lambda field: field.section):
        said = [(field, _shown(field, value)) for field in members if (value := getattr(customer, field.column)) != field.empty]
        if section:
            found += [(section, _in_one_line(said))] if said else []
        else:
            found += [(field.label, words) for field, words in said if not field.heads]
    return found


def _shown(field: CustomerField, value: Any) -> Any:
    show = _SHOWN.get(field.control)
    return show(value) if show else field.words(value)


def _in_one_line(said: list[tuple[CustomerField, Any]]) -> str:
    line = ""
    for n, (field, words) in enumerate(said):
        before = said[n - 1][0] if n else None
        line += ("" if before is None else " " if before.joins_next and _next(before) is field else ", ") + words
    return line


def _next(field: CustomerField) -> CustomerField:
    return fields.FIELDS[fields.FIELDS.index(field) + 1]


@blueprint.app_template_filter("phone")
def phone(number: str) -> str:
    """`+447700900018` -> `+44 7700 900018`."""
    return addresses.shown(number)


@blueprint.app_template_filter("fact")
def fact(value: Any, type: str) -> Any:
    """A value of metadata as people read it."""
    try:
        if type == "date":
            return day(datetime.date.fromisoformat(str(value)))
        if type == "datetime":
            return at(datetime.datetime.fromisoformat(str(value)))
    except (ValueError, OverflowError):
        return value
    return in_words(value)
