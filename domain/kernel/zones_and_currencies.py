"""Which zones, currencies and countries are there to choose from? What Python, Babel and libphonenumber know."""

import functools
import zoneinfo

import phonenumbers
from babel import Locale

_NOT_PLACES = ("Etc/", "SystemV/", "posix/", "right/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


@functools.cache
def zones() -> tuple[str, ...]:
    """IANA zones that people live in, and UTC."""
    return ("UTC", *sorted(z for z in zoneinfo.available_timezones() if "/" in z and not z.startswith(_NOT_PLACES)))


@functools.cache
def currencies() -> dict[str, str]:
    """ISO 4217 code -> name, for currencies in use today."""
    from babel.core import get_global  # keeps a process small that shows no forms
    from babel.numbers import list_currencies  # keeps a process small that shows no forms

    names = Locale("en").currencies
    tender = {code for rows in get_global("territory_currencies").values() for code, _, until, legal in rows if until is None and legal}
    return {code: names.get(code, code) for code in sorted(list_currencies()) if code in tender}


@functools.cache
def dial_codes() -> dict[str, str]:
    """Country (`GB`) -> `United Kingdom (+44)`."""
    names = Locale("en").territories
    pairs = {c: f"{names.get(c, c)} (+{phonenumbers.country_code_for_region(c)})" for c in phonenumbers.SUPPORTED_REGIONS}
    return dict(sorted(pairs.items(), key=lambda pair: pair[1]))
