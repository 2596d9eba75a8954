"""How is the text of a form, a file or a program read as a fact? Each reader gives what is stored, or says in words what is wrong."""

import datetime
import decimal
import functools
import zoneinfo
from dataclasses import dataclass

from babel.core import Locale, UnknownLocaleError

from domain.kernel import addresses
from domain.kernel.errors import Ambiguous
from domain.kernel.text import dates, numbers

LONGEST = 500
"""Characters in any one fact."""


@dataclass(frozen=True)
class Reading:
    """What reading a fact depends on: today, the project's dial code, and what somebody decided about dates and numbers."""

    today: datetime.date
    dial_code: str = ""
    day_first: bool | None = None
    """Of dates whose day and month could be swapped; None: nobody decided, and they are refused."""
    decimal: str = ""
    """The sign before decimals where it could be one for thousands; empty: nobody decided, and such numbers are refused."""


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
    """A day, with or without a time behind it."""
    return dates.day(typed, reading.day_first)


def birthdate(typed: str, reading: Reading) -> datetime.date:
    """The day somebody who may be alive was born."""
    born = date(typed, reading)
    if born > reading.today:
        raise ValueError(f"{born} is in the future.")
    if born.year < 1880:
        raise ValueError(f"{born} is before 1880; nobody alive was born then.")
    return born


_MOST_DIGITS = "At most 15 digits are kept, four of them behind the point."


def number(typed: str, reading: Reading) -> decimal.Decimal:
    """A number that people count or measure with: what JSON keeps to the digit, 15 of them and four behind the point."""
    try:
        found = numbers.number(typed, reading.decimal)
    except Ambiguous as doubt:
        raise ValueError(f"“{typed[:100]}” {doubt}. Write it like 1000 or 12.5.") from doubt
    except ValueError as wrong:
        words = _MOST_DIGITS if str(wrong) == numbers.TOO_LARGE else f"“{typed[:100]}” is no number. Write it like 12 or 12.5."
        raise ValueError(words) from wrong
    if found and (found.adjusted() > 14 or len(found.normalize().as_tuple().digits) > 15 or found != round(found, 4)):
        raise ValueError(_MOST_DIGITS)
    return decimal.Decimal(f"{found.normalize():f}") + 0


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
