"""Which days does a comparison of dates mean? From a day, up to but without another; every date operator is such a span."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, extract, true

from domain.conditions.facts import EvaluationTime

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """The days from `low` on, before `high`; None: without end."""

    low: datetime.date | None = None
    high: datetime.date | None = None


def _day(value: Any) -> datetime.date:
    return datetime.date.fromisoformat(value)


def on(value: Any, today: datetime.date) -> Span:
    """That day."""
    return Span(_day(value), _day(value) + DAY)


def before(value: Any, today: datetime.date) -> Span:
    """Earlier than that day."""
    return Span(high=_day(value))


def until(value: Any, today: datetime.date) -> Span:
    """That day or earlier."""
    return Span(high=_day(value) + DAY)


def after(value: Any, today: datetime.date) -> Span:
    """Later than that day."""
    return Span(low=_day(value) + DAY)


def since(value: Any, today: datetime.date) -> Span:
    """That day or later."""
    return Span(low=_day(value))


def between(value: Any, today: datetime.date) -> Span:
    """From the first day to the second, both included."""
    return Span(_day(value[0]), _day(value[1]) + DAY)


def more_than_ago(days: Any, today: datetime.date) -> Span:
    """Earlier than so many days ago."""
    return Span(high=today - days * DAY)


def less_than_ago(days: Any, today: datetime.date) -> Span:
    """Later than so many days ago, but not in the future."""
    return Span(today - days * DAY + DAY, today + DAY)


def days_ago(days: Any, today: datetime.date) -> Span:
    """On the day so many days ago."""
    return Span(today - days * DAY, today - days * DAY + DAY)


def in_next(days: Any, today: datetime.date) -> Span:
    """From today up to and with the day so many days ahead."""
    return Span(today, today + days * DAY + DAY)


def more_than_ahead(days: Any, today: datetime.date) -> Span:
    """Later than so many days ahead."""
    return Span(low=today + days * DAY + DAY)


def days_ahead(days: Any, today: datetime.date) -> Span:
    """On the day so many days ahead."""
    return Span(today + days * DAY, today + days * DAY + DAY)


Edge = Callable[[datetime.date, EvaluationTime], datetime.date]
"""How a day's beginning is compared: with dates as the day, with times as the instant at which it begins."""


def as_day(day: datetime.date, moment: EvaluationTime) -> datetime.date:
    """For facts that are dates."""
    return day


def as_instant(day: datetime.date, moment: EvaluationTime) -> datetime.date:
    """For facts that are times."""
    return moment.start_of(day)


def covers(span: Span, value: Any, edge: Edge, moment: EvaluationTime) -> bool:
    """Whether a date or time lies in the span."""
    return (span.low is None or value >= edge(span.low, moment)) and (span.high is None or value < edge(span.high, moment))


def covers_sql(span: Span, column: SQLColumnExpression[Any], edge: Edge, moment: EvaluationTime) -> ColumnElement[bool]:
    """The same in SQL."""
    low = true() if span.low is None else column >= edge(span.low, moment)
    high = true() if span.high is None else column < edge(span.high, moment)
    return and_(low, high)


def anniversary(day: datetime.date) -> int:
    """The place of a day in the year, 131 for 31 January. 29 February = 28 February."""
    key = day.month * 100 + day.day
    return 228 if key == 229 else key


def anniversary_sql(column: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """The same in SQL, but with 29 February as it is: add it wherever 28 February is asked for."""
    return extract("month", column) * 100 + extract("day", column)


def asked_in_sql(days: frozenset[int]) -> list[int]:
    """The places to look for in SQL."""
    return sorted((days - {229}) | ({229} if 228 in days else set()))


def this_month(value: Any, today: datetime.date) -> frozenset[int]:
    """Anniversaries of the current month."""
    return frozenset(today.month * 100 + day for day in range(1, 32))


def next_month(value: Any, today: datetime.date) -> frozenset[int]:
    """Anniversaries of the month that comes."""
    return frozenset((today.month % 12 + 1) * 100 + day for day in range(1, 32))


def anniversary_today(value: Any, today: datetime.date) -> frozenset[int]:
    """Anniversaries of today."""
    return frozenset({today.month * 100 + today.day})


def anniversary_within(days: Any, today: datetime.date) -> frozenset[int]:
    """Anniversaries from today up to and with the day so many days ahead."""
    window = (today + n * DAY for n in range(min(days, 366) + 1))
    return frozenset(day.month * 100 + day.day for day in window)
