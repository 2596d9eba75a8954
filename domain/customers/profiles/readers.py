"""How is the text of a form, a file or a program read as a fact? Each reader gives what is stored, or says in words what is wrong."""

import datetime
import functools
import re
import zoneinfo
from dataclasses import dataclass

from babel.core import Locale, UnknownLocaleError

from domain.kernel import addresses

LONGEST = 500
"""Characters in any one fact."""


@dataclass(frozen=True)
class Reading:
    """What reading a fact depends on: the project's dial code, today, and the order of day and month in slashed dates."""

    today: datetime.date
    dial_code: str = ""
    day_first: bool = True


def text(typed: str, reading: Reading) -> str:
    """Any text of one line."""
    if len(typed) > LONGEST:
        raise ValueError(f"Is {len(typed)} characters long; at most {LONGEST} are kept.")
    return " ".join(typed.split())


def source_id(typed: str, reading: Reading) -> str:
    """The owner's own key, kept to the letter."""
    if len(typed) > LONGEST:
        raise ValueError(f"The id is {len(typed)} characters long; at most {LONGEST} are kept.")
    return typed


def email(typed: str, reading: Reading) -> str:
    """An e-mail address."""
    return addresses.email(typed)


def phone(typed: str, reading: Reading) -> str:
    """A phone number as E.164."""
    return addresses.phone(typed, reading.dial_code)


def date(typed: str, reading: Reading) -> datetime.date:
    """`2011-12-09`, with or without a time behind it, `9.12.2011`, or with slashes in the order of `reading`."""
    head = re.split(r"[T ]", typed, maxsplit=1)[0]
    try:
        if parts := re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", head):
            a, sign, b, year = int(parts[1]), parts[2], int(parts[3]), int(parts[4])
            day, month = (a, b) if reading.day_first or sign == "." else (b, a)
            return datetime.date(year, month, day)
        return datetime.date.fromisoformat(head.replace("/", "-"))
    except ValueError as wrong:
        raise ValueError(f"“{typed}” is no date. Write it like 1990-06-02.") from wrong


def birthdate(typed: str, reading: Reading) -> datetime.date:
    """The day somebody who may be alive was born."""
    born = date(typed, reading)
    if born > reading.today:
        raise ValueError(f"{born} is in the future.")
    if born.year < 1880:
        raise ValueError(f"{born} is before 1880; nobody alive was born then.")
    return born


@functools.cache
def zones() -> frozenset[str]:
    """Every time zone there is."""
    return frozenset(zoneinfo.available_timezones())


def time_zone(typed: str, reading: Reading) -> str:
    """The name of a time zone."""
    if typed not in zones():
        raise ValueError(f"There is no time zone “{typed}”. Write it like Europe/London.")
    return typed


@functools.lru_cache(maxsize=1000)
def _locale_of(typed: str) -> str:
    try:
        found = Locale.parse(typed.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as wrong:
        raise ValueError(f"“{typed}” is no language. Write it like en or en-GB.") from wrong
    return str(found).replace("_", "-")


def locale(typed: str, reading: Reading) -> str:
    """A language, with or without a country."""
    return _locale_of(typed)
