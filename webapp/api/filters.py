"""Voucherify's filters, `filters[voucher_code][conditions][$is][0]=A`, as SQL.

The official clients write lists in three ways: with indexes, repeated, and (Python) as the text of a list. All of them are read.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true

from webapp.api.errors import wrong

Column = ColumnElement[Any]
OPERATORS: dict[str, Callable[[Column, Sequence[str]], ColumnElement[bool]]] = {
    "$is": lambda column, values: column.in_(values),
    "$in": lambda column, values: column.in_(values),
    "$is_not": lambda column, values: column.is_distinct_from(values[0]),
    "$not_in": lambda column, values: or_(column.is_(None), column.not_in(values)),
    "$contains": lambda column, values: column.contains(values[0], autoescape=True),
    "$starts_with": lambda column, values: column.startswith(values[0], autoescape=True),
    "$ends_with": lambda column, values: column.endswith(values[0], autoescape=True),
    "$has_value": lambda column, _: column.is_not(None),
    "$is_unknown": lambda column, _: column.is_(None),
}


def where(filters: object, columns: Mapping[str, Column], read: Mapping[str, Callable[[str], Any]]) -> ColumnElement[bool]:
    """The condition for `filters`; `read` turns the text of some fields into the column's values. Raises Refusal."""
    if not filters:
        return true()
    if not isinstance(filters, dict):
        raise wrong("invalid_query_params", "Write filters as filters[field][conditions][$is]=value.")
    joined = or_ if str(filters.get("junction", "and")).lower() == "or" else and_
    found = [_field(name, given, columns, read) for name, given in filters.items() if name != "junction"]
    return joined(*found) if found else true()


def _field(name: str, given: object, columns: Mapping[str, Column], read: Mapping[str, Callable[[str], Any]]) -> ColumnElement[bool]:
    if name not in columns:
        raise wrong("invalid_query_params", f"There is no filter {name}. There are: {', '.join(sorted(columns))}.")
    conditions = given.get("conditions") if isinstance(given, dict) else None
    if not isinstance(conditions, dict):
        raise wrong("invalid_query_params", f"Write filters[{name}][conditions][$is]=value.")
    return and_(*(_condition(columns[name], operator, values, read.get(name, str)) for operator, values in conditions.items()))


def _condition(column: Column, operator: str, given: object, read: Callable[[str], Any]) -> ColumnElement[bool]:
    if operator not in OPERATORS:
        raise wrong("invalid_query_params", f"There is no operator {operator}. There are: {', '.join(OPERATORS)}.")
    return OPERATORS[operator](column, [read(value) for value in listed(given)] or [""])


def listed(given: object) -> list[str]:
    """The values of an operator, however they were written."""
    if isinstance(given, dict):
        return [str(value) for value in given.values()]
    if isinstance(given, list):
        return [str(value) for value in given]
    text = str(given)
    if text.startswith("[") and text.endswith("]"):
        try:
            return [str(value) for value in ast.literal_eval(text)]
        except (ValueError, SyntaxError):
            return [text]
    return [text]
