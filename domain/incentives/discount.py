"""How is a discount said, and which are right? One sentence for pages, messages and exports."""

from typing import Any

from domain.kernel.text import money

KINDS = {"percent": "Percent off", "amount": "Amount off", "fixed": "A fixed price", "unit": "Something free"}
LONGEST_THING = 80


def in_words(discount: dict[str, Any] | None, currency: str, locale: str = "en") -> str:
    """`15 % off`, `€5 off`, `for €4.50`, `2 × coffee free`, `1 free coffee`; empty where there is no discount."""
    match discount:
        case {"type": "percent", "percent": percent}:
            return f"{percent:g} % off"
        case {"type": "amount", "minor": minor}:
            return f"{_short(minor, currency, locale)} off"
        case {"type": "fixed", "minor": minor}:
            return f"for {_short(minor, currency, locale)}"
        case {"type": "unit", "units": units, "of": thing}:
            return f"{units} × {thing} free" if units != 1 else f"1 free {thing}"
        case _:
            return ""


def number(discount: dict[str, Any] | None, currency: str) -> str:
    """Its size alone, for machines: `15`, `5.00`, `2`; empty where there is no discount."""
    match discount:
        case {"type": "percent", "percent": percent}:
            return f"{percent:g}"
        case {"type": "amount" | "fixed", "minor": minor}:
            places = money.places(currency)
            return f"{minor / 10**places:.{places}f}"
        case {"type": "unit", "units": units}:
            return str(units)
        case _:
            return ""


def two_parts(discount: dict[str, Any] | None, currency: str) -> tuple[str, str]:
    """The same for a ticket, its number apart: (`15 %`, `off`), (`1`, `free coffee`)."""
    match discount:
        case {"type": "percent" | "amount"}:
            return in_words(discount, currency).removesuffix(" off"), "off"
        case {"type": "fixed"}:
            return in_words(discount, currency).removeprefix("for "), "is the price"
        case {"type": "unit", "units": units, "of": thing}:
            return str(units), f"free {thing}" if units == 1 else f"× {thing} free"
        case _:
            return "", ""


def api_shape(discount: dict[str, Any] | None) -> dict[str, Any] | None:
    """The same with Voucherify's names: amounts in minor units; None where there is no discount."""
    match discount:
        case {"type": "percent", "percent": percent}:
            return {"type": "PERCENT", "percent_off": percent, "effect": "APPLY_TO_ORDER"}
        case {"type": "amount", "minor": minor}:
            return {"type": "AMOUNT", "amount_off": minor, "effect": "APPLY_TO_ORDER"}
        case {"type": "fixed", "minor": minor}:
            return {"type": "FIXED", "fixed_amount": minor, "effect": "APPLY_TO_ORDER"}
        case {"type": "unit", "units": units, "of": thing}:
            return {"type": "UNIT", "unit_off": units, "unit_type": thing, "effect": "ADD_NEW_ITEMS"}
        case _:
            return None


def _short(minor: int, currency: str, locale: str) -> str:
    """Money without decimals that are all zero."""
    text = money.shown(minor, currency, locale)
    places = len(text) - len(text.rstrip("0"))
    whole = minor % 10 ** money.places(currency) == 0
    return text[: -places - 1] if whole and places and text[-places - 1] in ".," else text


def mistake(discount: dict[str, Any] | None) -> tuple[str, str] | None:
    """The field that is wrong, and why in words; None where the discount is right."""
    match discount:
        case {"type": "percent", "percent": percent}:
            return None if _number(percent) and 0 < percent <= 100 else ("percent", "Write how many percent are taken off, up to 100.")
        case {"type": "amount", "minor": minor}:
            return None if _number(minor) and minor > 0 else ("amount", "Write how much is taken off, such as 5.00.")
        case {"type": "fixed", "minor": minor}:
            return None if _number(minor) and minor >= 0 else ("amount", "Write the price that is paid with the code, such as 4.50.")
        case {"type": "unit", "units": units, "of": thing}:
            return _unit(units, thing)
        case _:
            return "discount_type", "Choose what the code is worth."


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unit(units: Any, thing: Any) -> tuple[str, str] | None:
    if not _number(units) or not 1 <= units <= 1_000:
        return "units", "Write how many are free, 1 to 1,000."
    if not str(thing or "").strip():
        return "unit_of", "Write what is free, such as coffee."
    return ("unit_of", f"At most {LONGEST_THING} characters.") if len(thing) > LONGEST_THING else None
