"""How is money written? Integer minor units with a currency inside; the people's notation at the edge."""

from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision


def shown(minor: int, currency: str, locale: str = "en") -> str:
    """`1250`, `EUR` -> `€12.50`, with as many decimals as the currency has."""
    places = get_currency_precision(currency)
    return str(format_currency(Decimal(minor).scaleb(-places), currency, locale=locale))


def minor_units(text: str, currency: str) -> int:
    """`12.50`, `EUR` -> `1250`. Raises ValueError in words for what is not an amount or has too many decimals."""
    places = get_currency_precision(currency)
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as wrong:
        raise ValueError(f"“{text}” is not an amount. Write it like 12.50.") from wrong
    units = value.scaleb(places)
    if not units.is_finite() or units != units.to_integral_value():
        raise ValueError(f"{currency} has {places} decimals; “{text}” has more.")
    return int(units)
