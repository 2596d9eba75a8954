"""Whose day is it? The days of a year that come again (a birthday, the day somebody joined), at an hour of the customer's own clock.

Found by range crossing: only the days on which the range lies somewhere on earth are looked up, by month and day. Where many customers have
such a day, the migration of the trigger that asks brings an index on `date_part('month', field), date_part('day', field)`.
"""

import datetime
import uuid
import zoneinfo
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import SQLColumnExpression, extract, select, tuple_
from sqlalchemy.orm import Session

from domain.tables.customers import Customer
from domain.tables.workspace import current_project

EARLIEST, LATEST = datetime.timedelta(hours=-14), datetime.timedelta(hours=14)
"""No place on earth is further from UTC."""
HOUR = 9
"""O'clock, where the customer lives: nobody is woken."""


class Anniversary(NamedTuple):
    """The day of a customer, as a moment. `day` is the day it is kept: the 28th for the 29 February where the year has none."""

    customer_id: uuid.UUID
    day: datetime.date
    at: datetime.datetime


def anniversaries(
    session: Session, field: SQLColumnExpression[Any], since: datetime.datetime, until: datetime.datetime, hour: int = HOUR
) -> Iterator[Anniversary]:
    """Whose day, at `hour` o'clock in the customer's zone (else the project's), lies after `since` and not after `until`.

    `field` is a date of customers. The day itself, the first one, is none yet.
    """
    days = list(_days(since, until))
    wanted = {key for day in days for key in _keys(day)}
    usual = _zone(current_project(session).zone, datetime.UTC)
    dates = tuple_(extract("month", field), extract("day", field))
    rows = session.execute(
        select(Customer.id, field, Customer.time_zone).where(Customer.erased_at.is_(None), dates.in_(wanted)).order_by(Customer.id)
    )
    for id, date, name in rows:
        zone = _zone(name, usual)
        for day in (day for day in days if (date.month, date.day) in _keys(day) and day.year > date.year):
            at = datetime.datetime.combine(day, datetime.time(hour), zone)
            if since < at <= until:
                yield Anniversary(id, day, at)


def _days(since: datetime.datetime, until: datetime.datetime) -> Iterator[datetime.date]:
    """Every date that is a today somewhere within the range."""
    day = (since + EARLIEST).date()
    while day <= (until + LATEST).date():
        yield day
        day += datetime.timedelta(days=1)


def _keys(day: datetime.date) -> set[tuple[int, int]]:
    """The months and days that are kept on this one."""
    keys = {(day.month, day.day)}
    if keys == {(2, 28)} and (day + datetime.timedelta(days=1)).month == 3:
        keys.add((2, 29))
    return keys


def _zone(name: str, usual: datetime.tzinfo) -> datetime.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name) if name else usual
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return usual
