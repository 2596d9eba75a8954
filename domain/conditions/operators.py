"""Which comparisons are there? One table by type; the Python test and the SQL of each stand side by side."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, SQLColumnExpression, func

from domain.conditions import date_ranges
from domain.conditions.facts import Aspect, EvaluationTime, Fact, Type

MOST_VALUES = 200
"""So many values can be pasted into `is one of`."""


@dataclass(frozen=True)
class Operator:
    """`test(value, operand, moment)` decides in Python about a value that is there, `sql(column, operand, moment)` in PostgreSQL.

    Where the value is missing, the answer is `of_missing`; the SQL may then say NULL. `negated` turns the answer round, so that `is not`
    includes those who have none.
    """

    key: str
    words: str
    takes: str
    """`nothing`, `one` value of the fact's type, `many` of them, `two` (from, to), a number of `days`, or `some` thing of a relation."""
    test: Callable[[Any, Any, EvaluationTime], bool]
    sql: Callable[[SQLColumnExpression[Any], Any, EvaluationTime], ColumnElement[bool]]
    of_missing: bool = False
    negated: bool = False
    span: Callable[[Any, Any], Any] | None = None
    """Of relative dates: what it covers on a day, so that the clock can tell when that changes."""


def _not(operator: Operator, key: str, words: str) -> Operator:
    return replace(operator, key=key, words=words, negated=True)


def _number(value: Any) -> Decimal:
    return Decimal(str(value))


def _numbers(values: Any) -> list[Decimal]:
    return [_number(v) for v in values]


UNKNOWN = Operator("unknown", "is unknown", "nothing", lambda v, x, m: False, lambda c, x, m: c.is_(None), of_missing=True)
KNOWN = _not(UNKNOWN, "has_value", "has a value")
PRESENCE = (KNOWN, UNKNOWN)

T_IS = Operator("is", "is", "one", lambda v, x, m: v == x, lambda c, x, m: c == x)
T_IN = Operator("in", "is one of", "many", lambda v, x, m: v in x, lambda c, x, m: c.in_(x))
T_CONTAINS = Operator("contains", "contains", "one", lambda v, x, m: x in v, lambda c, x, m: func.strpos(c, x) > 0)
TEXT = (
    T_IS,
    _not(T_IS, "is_not", "is not"),
    T_IN,
    _not(T_IN, "not_in", "is none of"),
    T_CONTAINS,
    _not(T_CONTAINS, "not_contain", "does not contain"),
    Operator("starts_with", "starts with", "one", lambda v, x, m: v.startswith(x), lambda c, x, m: func.left(c, len(x)) == x),
    Operator("ends_with", "ends with", "one", lambda v, x, m: v.endswith(x), lambda c, x, m: func.right(c, len(x)) == x),
    *PRESENCE,
)

N_IS = Operator("is", "is", "one", lambda v, x, m: v == _number(x), lambda c, x, m: c == _number(x))
N_IN = Operator("in", "is one of", "many", lambda v, x, m: v in _numbers(x), lambda c, x, m: c.in_(_numbers(x)))
NUMBER = (
    Operator("more_than", "is more than", "one", lambda v, x, m: v > _number(x), lambda c, x, m: c > _number(x)),
    Operator("more_than_equal", "is at least", "one", lambda v, x, m: v >= _number(x), lambda c, x, m: c >= _number(x)),
    Operator("less_than", "is less than", "one", lambda v, x, m: v < _number(x), lambda c, x, m: c < _number(x)),
    Operator("less_than_equal", "is at most", "one", lambda v, x, m: v <= _number(x), lambda c, x, m: c <= _number(x)),
    Operator(
        "between", "is between", "two",
        lambda v, x, m: _number(x[0]) <= v <= _number(x[1]),
        lambda c, x, m: c.between(_number(x[0]), _number(x[1])),
    ),
    N_IS, _not(N_IS, "is_not", "is not"), N_IN, _not(N_IN, "not_in", "is none of"), *PRESENCE,
)  # fmt: skip

B_IS = Operator("is", "is", "one", lambda v, x, m: v is x, lambda c, x, m: c.is_(x))
BOOLEAN = (B_IS, _not(B_IS, "is_not", "is not"), *PRESENCE)


def _spanning(key: str, words: str, takes: str, span: Callable[[Any, Any], date_ranges.Span], edge: date_ranges.Edge) -> Operator:
    return Operator(
        key,
        words,
        takes,
        lambda v, x, m: date_ranges.covers(span(x, m.today), v, edge, m),
        lambda c, x, m: date_ranges.covers_sql(span(x, m.today), c, edge, m),
        span=span if takes == "days" else None,
    )


def _days(edge: date_ranges.Edge) -> tuple[Operator, ...]:
    on = _spanning("is", "is on", "one", date_ranges.on, edge)
    return (
        _spanning("more_than_ago", "is more than … days ago", "days", date_ranges.more_than_ago, edge),
        _spanning("less_than_ago", "is less than … days ago", "days", date_ranges.less_than_ago, edge),
        _spanning("days_ago", "is exactly … days ago", "days", date_ranges.days_ago, edge),
        _spanning("less_than_future", "is in the next … days", "days", date_ranges.in_next, edge),
        _spanning("more_than_future", "is in more than … days", "days", date_ranges.more_than_ahead, edge),
        _spanning("days_in_future", "is in exactly … days", "days", date_ranges.days_ahead, edge),
        on,
        _not(on, "is_not", "is not on"),
        _spanning("before", "is before", "one", date_ranges.before, edge),
        _spanning("less_than_equal", "is on or before", "one", date_ranges.until, edge),
        _spanning("after", "is after", "one", date_ranges.after, edge),
        _spanning("more_than_equal", "is on or after", "one", date_ranges.since, edge),
        _spanning("between", "is between", "two", date_ranges.between, edge),
    )


def _yearly(key: str, words: str, takes: str, days: Callable[[Any, Any], frozenset[int]]) -> Operator:
    return Operator(
        key,
        words,
        takes,
        lambda v, x, m: date_ranges.anniversary(v) in days(x, m.today),
        lambda c, x, m: date_ranges.anniversary_sql(c).in_(date_ranges.asked_in_sql(days(x, m.today))),
        span=days,
    )


DATE = (
    *_days(date_ranges.as_day),
    _yearly("this_month", "has its day in this month", "nothing", date_ranges.this_month),
    _yearly("next_month", "has its day in next month", "nothing", date_ranges.next_month),
    _yearly("anniversary_today", "has its day today", "nothing", date_ranges.anniversary_today),
    _yearly("anniversary_within", "has its day in the next … days", "days", date_ranges.anniversary_within),
    *PRESENCE,
)
DATETIME = (*_days(date_ranges.as_instant), *PRESENCE)

BY_TYPE = {Type.TEXT: TEXT, Type.NUMBER: NUMBER, Type.BOOLEAN: BOOLEAN, Type.DATE: DATE, Type.DATETIME: DATETIME}


def _standing(aspect: Aspect) -> tuple[Operator, ...]:
    yes = Operator(
        aspect.key,
        aspect.words,
        "some",
        lambda v, x, m: aspect.key in v.get(x, ()),
        lambda c, x, m: aspect.exists(uuid.UUID(x)),
    )
    return (yes, _not(yes, f"not_{aspect.key}", aspect.not_words)) if aspect.not_words else (yes,)


def operators(fact: Fact) -> tuple[Operator, ...]:
    """The comparisons this fact offers, the likeliest first."""
    if fact.type == Type.RELATION:
        return tuple(operator for aspect in fact.aspects for operator in _standing(aspect))
    return BY_TYPE[fact.type]


def operator(fact: Fact, key: str) -> Operator | None:
    """The comparison of that key, or None where the fact has none such."""
    return next((o for o in operators(fact) if o.key == key), None)


NOWHERE = sa.literal(None)
"""The column of a relation: it has none, its aspects bring their own SQL."""
