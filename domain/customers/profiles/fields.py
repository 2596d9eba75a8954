"""Which facts can a customer have, what may be in them, and by which names do other people's files know them?"""

import datetime
import functools
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class CustomerField:
    """One fact. `read` turns what was typed into what is stored, or raises ValueError in words."""

    key: str
    label: str
    read: Callable[[str, Reading], Any]
    hint: str = ""
    names: tuple[str, ...] = ()
    """How headers of files call it, letters and digits only; Voucherify's among them."""


def text(typed: str, reading: Reading) -> str:
    """Any text of one line."""
    if len(typed) > LONGEST:
        raise ValueError(f"Is {len(typed)} characters long; at most {LONGEST} are kept.")
    return " ".join(typed.split())


def _source_id(typed: str, reading: Reading) -> str:
    if len(typed) > LONGEST:
        raise ValueError(f"The id is {len(typed)} characters long; at most {LONGEST} are kept.")
    return typed


def _email(typed: str, reading: Reading) -> str:
    return addresses.email(typed)


def _phone(typed: str, reading: Reading) -> str:
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


def _birthdate(typed: str, reading: Reading) -> datetime.date:
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


def _time_zone(typed: str, reading: Reading) -> str:
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


def _locale(typed: str, reading: Reading) -> str:
    return _locale_of(typed)


FIELDS: tuple[CustomerField, ...] = (
    CustomerField("name", "Name", text, names=("name", "fullname", "customername", "displayname", "customer")),
    CustomerField("email", "Email", _email, names=("email", "emailaddress", "mail", "customeremail")),
    CustomerField("phone", "Phone", _phone, "With country code: +44 7700 900018", ("phone", "phonenumber", "mobile", "tel", "telephone")),
    CustomerField("source_id", "Your id", _source_id, "The key of this customer in your shop or CRM", (
        "sourceid", "customerid", "externalid", "userid", "id", "customernumber", "clientid")),
    CustomerField("birthdate", "Birthdate", _birthdate, "Year, month, day", ("birthdate", "birthday", "dateofbirth", "dob", "born")),
    CustomerField("line1", "Address", text, names=("addressline1", "line1", "address", "address1", "street", "streetaddress")),
    CustomerField("line2", "Address, second line", text, names=("addressline2", "line2", "address2")),
    CustomerField("city", "City", text, names=("addresscity", "city", "town")),
    CustomerField("region", "Region", text, names=("addressstate", "state", "region", "province", "county")),
    CustomerField("postal_code", "Postal code", text, names=("addresspostalcode", "postalcode", "postcode", "zip", "zipcode")),
    CustomerField("country", "Country", text, "A name or a code, kept as it is written", ("addresscountry", "country", "countrycode")),
    CustomerField("locale", "Language", _locale, "Like en or en-GB", ("locale", "language", "lang")),
    CustomerField("time_zone", "Time zone", _time_zone, "Like Europe/London", ("timezone", "tz", "zone")),
)  # fmt: skip
BY_KEY = {field.key: field for field in FIELDS}
_EMPTY: dict[str, Any] = {"source_id": None, "birthdate": None}


def empty(key: str) -> Any:
    """What is stored where this fact is missing."""
    return _EMPTY.get(key, "")


def read(key: str, typed: str, reading: Reading) -> Any:
    """What is stored for what was typed. Raises ValueError in words."""
    typed = typed.replace("\0", "").strip()
    return BY_KEY[key].read(typed, reading) if typed else empty(key)
