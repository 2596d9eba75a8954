"""The reference's filters, `filters[voucher_code][conditions][$is][0]=A`, as SQL.

Official clients write the values of a condition in three ways: with indexes, repeated, and (Python) as the text of a list. All are read.
"""

import datetime
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, not_, null, or_, true
from sqlalchemy.orm import QueryableAttribute

from domain.incentives.campaigns.kinds.catalogue import campaign_kinds
from domain.kernel.base import Prefix, inside
from domain.tables.incentives import Campaign
from webapp.api import client_quirks
from webapp.api.door import checks
from webapp.api.door.errors import Refusal, shortened, wrong

Column = ColumnElement[Any] | QueryableAttribute[Any]
MOST = 5_000
LONGEST = 500
NOBODY = uuid.UUID(int=0)
"""An id that nothing has."""


@dataclass(frozen=True)
class Filter:
    """A field to filter by: its column, how a value is read (or ValueError in words), and the column as text."""

    column: Column
    read: Callable[[str], Any] = str
    text: Column | None = None

    @property
    def as_text(self) -> Column:
        """What `$contains` and the like look into."""
        return self.column if self.text is None else self.text


def by_id(column: Column, prefix: Prefix) -> Filter:
    """A filter by an id as it stands outside; one that is none fits nothing."""
    written = func.concat(f"{prefix}_", func.replace(cast(column, Text), "-", ""))
    return Filter(column, lambda text: inside(prefix, text) or NOBODY, written)


def by_moment(column: Column) -> Filter:
    """A filter by when something happened."""
    return Filter(column, moment, func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))


def always(value: str) -> Filter:
    """A filter by something that all rows have in common; its case does not matter."""
    return Filter(literal(value.lower()), str.lower)


def by_campaign_type() -> Filter:
    """A filter by what the API calls the campaign's kind: `DISCOUNT_COUPONS`."""
    return Filter(case({kind.key: kind.campaign_type.lower() for kind in campaign_kinds()}, value=Campaign.kind), str.lower)


def by_voucher_type() -> Filter:
    """A filter by what the API calls codes of the campaign's kind: `DISCOUNT_VOUCHER`, or `discount` for short."""
    types = {kind.key: kind.voucher_type.lower() for kind in campaign_kinds() if kind.voucher_type}
    whole = {type.partition("_")[0]: type for type in types.values()}
    return Filter(case(types, value=Campaign.kind), lambda text: whole.get(text.lower(), text.lower()))


def never() -> Filter:
    """A filter by something that no row has."""
    return Filter(cast(null(), Text))


def moment(text: str) -> datetime.datetime:
    """An ISO date and time, UTC unless it says otherwise. Raises ValueError in words."""
    try:
        at = datetime.datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    except (ValueError, OverflowError) as broken:
        raise ValueError("is a date and time such as 2026-03-01T00:00:00Z") from broken


def _contains(by: Filter, values: Sequence[Any]) -> ColumnElement[bool]:
    return or_(*(by.as_text.contains(str(value), autoescape=True) for value in values))


OPERATORS: dict[str, Callable[[Filter, Sequence[Any]], ColumnElement[bool]]] = {
    "$is": lambda by, values: by.column.in_(values),
    "$in": lambda by, values: by.column.in_(values),
    "$is_not": lambda by, values: or_(by.column.is_(None), by.column.not_in(values)),
    "$not_in": lambda by, values: or_(by.column.is_(None), by.column.not_in(values)),
    "$contains": _contains,
    "$not_contain": lambda by, values: or_(by.column.is_(None), not_(_contains(by, values))),
    "$starts_with": lambda by, values: or_(*(by.as_text.startswith(str(value), autoescape=True) for value in values)),
    "$ends_with": lambda by, values: or_(*(by.as_text.endswith(str(value), autoescape=True) for value in values)),
    "$after": lambda by, values: and_(*(by.column > value for value in values)),
    "$before": lambda by, values: and_(*(by.column < value for value in values)),
    "$more_than": lambda by, values: and_(*(by.column > value for value in values)),
    "$less_than": lambda by, values: and_(*(by.column < value for value in values)),
    "$more_than_equal": lambda by, values: and_(*(by.column >= value for value in values)),
    "$less_than_equal": lambda by, values: and_(*(by.column <= value for value in values)),
}
AS_TEXT = frozenset({"$contains", "$not_contain", "$starts_with", "$ends_with"})
"""Operators whose values are parts of a text, and not values of the column."""
PRESENCE = {"$has_value": True, "$is_unknown": False}
"""Operators without a value: empty means true, and `false` turns them round."""


def where(filters: Mapping[str, Any] | None, known: Mapping[str, Filter]) -> ColumnElement[bool]:
    """The condition that `filters` ask for. Raises Refusal."""
    given = {name: value for name, value in (filters or {}).items() if not _absent(value)}
    junction = str(given.pop("junction", "and")).lower()
    if junction not in {"and", "or"}:
        raise _wrong("filters[junction] may be and, or or.")
    found = [_field(name, value, known) for name, value in given.items()]
    if not found:
        return true()
    return or_(*found) if junction == "or" else and_(*found)


def _field(name: str, given: object, known: Mapping[str, Filter]) -> ColumnElement[bool]:
    if name not in known:
        raise _wrong(f"There is no filter {shortened(name)}. There are: {', '.join(sorted(known))}.")
    conditions = given.get("conditions") if isinstance(given, dict) else None
    if not isinstance(conditions, dict):
        raise _wrong(f"Write filters[{name}][conditions][$is]=value.")
    asked = {operator: values for operator, values in conditions.items() if not _absent(values)}
    return and_(true(), *(_condition(name, known[name], operator, values) for operator, values in asked.items()))


def _condition(name: str, by: Filter, operator: str, given: object) -> ColumnElement[bool]:
    where = f"filters[{name}][conditions][{shortened(operator)}]"
    values = listed(given)
    if len(values) > MOST or any(len(value) > LONGEST for value in values):
        raise _wrong(f"{where} may have {MOST:,} values of {LONGEST} characters.")
    if operator in PRESENCE:
        return by.column.is_not(None) if PRESENCE[operator] == _is_true(where, values) else by.column.is_(None)
    if operator not in OPERATORS:
        raise _wrong(f"There is no operator {shortened(operator)}. There are: {', '.join([*OPERATORS, *PRESENCE])}.")
    try:
        return OPERATORS[operator](by, values if operator in AS_TEXT else [by.read(value) for value in values])
    except ValueError as why:
        raise _wrong(f"{where} {why}.") from why


def _is_true(where: str, values: Sequence[str]) -> bool:
    match [value.lower() for value in values]:
        case [] | [""] | ["true"] | ["1"]:
            return True
        case ["false"] | ["0"]:
            return False
        case _:
            raise _wrong(f"{where} is true or false.")


def listed(given: object) -> list[str]:
    """The values of an operator, however they were written."""
    if isinstance(given, dict):
        return [text for value in given.values() for text in listed(value)]
    if isinstance(given, list):
        return [text for value in given for text in listed(value)]
    text = str(given)
    values: list[str] = checks.clean(client_quirks.written_as_list(text) or [text], "filters", "query")
    return values


def _absent(given: object) -> bool:
    return given is None or client_quirks.is_absent(given)


def _wrong(details: str) -> Refusal:
    return wrong("invalid_query_params", details)
