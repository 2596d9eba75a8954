"""How is money written? Integer minor units with a currency inside; the people's notation at the edge."""

import re
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision

from domain.kernel.errors import Ambiguous
from domain.kernel.text import numbers

_CURRENCY = re.compile(r"^\s*(?:[A-Z]{3}|[^\w\s.,+-]{1,3})?\s*|\s*(?:[A-Z]{3}|[^\w\s.,+-]{1,3})?\s*$")
"""A sign or code of a currency before or behind the amount."""


def places(currency: str) -> int:
    """How many decimals the currency has."""
    return int(get_currency_precision(currency))


def shown(minor: int, currency: str, locale: str = "en") -> str:
    """`1250`, `EUR` -> `€12.50`, with as many decimals as the currency has."""
    return str(format_currency(Decimal(minor).scaleb(-places(currency)), currency, locale=locale))


def plain(minor: int, currency: str) -> str:
    """`1250`, `EUR` -> `12.50`: as `minor_units` reads it, for a form."""
    return numbers.written(Decimal(minor).scaleb(-places(currency)), places(currency))


def bare(text: str) -> str:
    """The amount without the sign or code of its currency."""
    return _CURRENCY.sub("", text)


def minor_units(text: str, currency: str, decimal: str = "") -> int:
    """`12.50`, `EUR` -> `1250`. `decimal`: the sign before decimals where it could be one for thousands.

    Raises ValueError in words for what is not an amount, could be two, or has too many decimals.
    """
    try:
        value = numbers.number(bare(text), decimal)
    except Ambiguous as doubt:
        raise ValueError(f"“{text}” {doubt}. Write it like 1000 or 12.50.") from doubt
    except ValueError as wrong:
        raise ValueError(f"“{text}” is not an amount. Write it like 12.50.") from wrong
    units = value.scaleb(places(currency))
    if units != units.to_integral_value():
        raise ValueError(f"{currency} has {places(currency)} decimals; “{text}” has more.")
    return int(units)
