"""How is a discount said? One sentence for pages, messages and exports."""

from typing import Any

from domain import money

KINDS = ("percent", "amount", "fixed", "unit")


def in_words(discount: dict[str, Any] | None, currency: str, locale: str = "en") -> str:
    """`15 % off`, `€5.00 off`, `for €5.00`, `2 × coffee free`; empty where there is no discount."""
    match discount:
        case {"type": "percent", "percent": percent}:
            return f"{percent:g} % off"
        case {"type": "amount", "minor": minor}:
            return f"{money.shown(minor, currency, locale)} off"
        case {"type": "fixed", "minor": minor}:
            return f"for {money.shown(minor, currency, locale)}"
        case {"type": "unit", "units": units, "of": thing}:
            return f"{units} × {thing} free" if units != 1 else f"1 {thing} free"
        case _:
            return ""
