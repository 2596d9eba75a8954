"""When does a value count as there? The same rules for Python values and for SQL columns of JSON; whatever breaks them is missing."""

import datetime
import math
import re
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, DateTime, Numeric, case, cast, func

from domain.conditions.facts import Fact, Type
from domain.kernel.text.folding import fold, fold_in_sql

_LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
_COMMON = "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
DATE = f"(?!0000)({_LEAP}|{_COMMON})"
"""A day of the calendar, `2024-02-29`; good for Python and PostgreSQL."""
DATETIME = f"{DATE}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{{1,6}})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
"""An instant with its offset, `2024-02-29T12:00:00Z`."""


def typed(fact: Fact, value: Any) -> Any:
    """A value as the tests of this fact's operators take it; None where it is missing or of another type."""
    match fact.type:
        case Type.TEXT:
            return (value if fact.exact else fold(value)) or None if isinstance(value, str) else None
        case Type.NUMBER:
            return _number(value)
        case Type.BOOLEAN:
            return value if isinstance(value, bool) else None
        case Type.DATE:
            return _date(value)
        case Type.DATETIME:
            return _datetime(value)
        case Type.RELATION:
            return value or {}


def operand(fact: Fact, value: Any) -> Any:
    """What a condition compares with. It was folded when it was saved; once more here, because the folding may have been an older one."""
    if fact.type is not Type.TEXT or fact.exact:
        return value
    match value:
        case str():
            return fold(value)
        case list():
            return [fold(one) if isinstance(one, str) else one for one in value]
        case _:
            return value


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        return None
    return Decimal(str(value))


def _date(value: Any) -> datetime.date | None:
    if isinstance(value, str):
        return datetime.date.fromisoformat(value) if re.fullmatch(DATE, value) else None
    return value if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime) else None


def _datetime(value: Any) -> datetime.datetime | None:
    if isinstance(value, str):
        return datetime.datetime.fromisoformat(value) if re.fullmatch(DATETIME, value) else None
    return value if isinstance(value, datetime.datetime) else None


def from_json(column: ColumnElement[Any], type: Type) -> ColumnElement[Any]:
    """The typed SQL value of an element of a JSON column; NULL where its JSON type is another. A cast never sees what it cannot read."""
    text = column.astext
    kind = func.jsonb_typeof(column)
    match type:
        case Type.NUMBER:
            return case((kind == "number", cast(text, Numeric)))
        case Type.BOOLEAN:
            return case((kind == "boolean", cast(text, Boolean)))
        case Type.DATE:
            return case(((kind == "string") & text.regexp_match(f"^({DATE})$"), cast(text, Date)))
        case Type.DATETIME:
            return case(((kind == "string") & text.regexp_match(f"^({DATETIME})$"), cast(text, DateTime(timezone=True))))
        case _:
            return case((kind == "string", func.nullif(fold_in_sql(text), "")))
