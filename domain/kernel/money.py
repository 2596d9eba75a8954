"""How is money written? Integer minor units with a currency inside; the people's notation at the edge."""

from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision


def places(currency: str) -> int:
    """How many decimals the currency has."""
    return int(get_currency_precision(currency))


def shown(minor: int, currency: str, locale: str = "en") -> str:
    """`1250`, `EUR` -> `€12.50`, with as many decimals as the currency has."""
    return str(format_currency(Decimal(minor).scaleb(-places(currency)), currency, locale=locale))


def plain(minor: int, currency: str) -> str:
    """`1250`, `EUR` -> `12.50`: as `minor_units` reads it, for a form."""
    return str(Decimal(minor).scaleb(-places(currency)))


def minor_units(text: str, currency: str) -> int:
    """`12.50`, `EUR` -> `1250`. Raises ValueError in words for what is not an amount or has too many decimals."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as wrong:
        raise ValueError(f"“{text}” is not an amount. Write it like 12.50.") from wrong
    units = value.scaleb(places(currency))
    if not units.is_finite() or units != units.to_integral_value():
        raise ValueError(f"{currency} has {places(currency)} decimals; “{text}” has more.")
    return int(units)
