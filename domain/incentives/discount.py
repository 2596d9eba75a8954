"""How is a discount said, and which are right? One sentence for pages, messages and exports."""

from collections.abc import Mapping
from typing import Any

from domain.kernel.text import money

KINDS = {"percent": "Percent off", "amount": "Amount off", "fixed": "A fixed price", "unit": "Something free"}
LONGEST_THING = 80
MOST = 10**12
"""Minor units that a discount can be worth."""


def in_words(discount: dict[str, Any] | None, currency: str, locale: str = "en") -> str:
    """`15 % off`, `€5 off`, `for €4.50`, `2 × coffee free`, `1 free coffee`; empty where there is no discount."""
    match discount:
        case {"type": "percent", "percent": percent, **more}:
            most = more.get("most") or more.get("most_of_order")
            return f"{percent:g} % off" + (f", up to {_short(most, currency, locale)}" if isinstance(most, int) else "")
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
            return in_words(discount, currency).partition(" off")[0], "off"
        case {"type": "fixed"}:
            return in_words(discount, currency).removeprefix("for "), "is the price"
        case {"type": "unit", "units": units, "of": thing}:
            return str(units), f"free {thing}" if units == 1 else f"× {thing} free"
        case _:
            return "", ""


TYPES = {"percent": "PERCENT", "amount": "AMOUNT", "fixed": "FIXED", "unit": "UNIT"}
NAMES = {
    "percent": "percent_off",
    "amount": "amount_off",
    "fixed": "fixed_amount",
    "unit": "unit_off",
}
"""Type -> Voucherify's name for its size."""
EFFECTS = {
    "percent": {"order": "APPLY_TO_ORDER", "items": "APPLY_TO_ITEMS"},
    "amount": {
        "order": "APPLY_TO_ORDER",
        "items": "APPLY_TO_ITEMS",
        "items_by_quantity": "APPLY_TO_ITEMS_BY_QUANTITY",
        "items_proportionally": "APPLY_TO_ITEMS_PROPORTIONALLY",
        "items_proportionally_by_quantity": "APPLY_TO_ITEMS_PROPORTIONALLY_BY_QUANTITY",
    },
    "fixed": {"order": "APPLY_TO_ORDER", "items": "APPLY_TO_ITEMS"},
    "unit": {"new": "ADD_NEW_ITEMS", "missing": "ADD_MISSING_ITEMS"},
}
"""Type -> how it falls on an order -> Voucherify's word; the first is meant where nothing is said."""
_SIZES = {"percent": "percent", "amount": "minor", "fixed": "minor", "unit": "units"}


def api_shape(discount: dict[str, Any] | None) -> dict[str, Any] | None:
    """The same with Voucherify's names: amounts in minor units; None where there is no discount."""
    if not discount or discount.get("type") not in TYPES:
        return None
    type = discount["type"]
    effects = EFFECTS[type]
    shape = {
        "type": TYPES[type],
        NAMES[type]: discount[_SIZES[type]],
        "unit_type": discount.get("of"),
        "amount_limit": discount.get("most"),
        "aggregated_amount_limit": discount.get("most_of_order"),
    }
    return {name: value for name, value in shape.items() if value is not None} | {
        "effect": effects.get(discount.get("effect", ""), next(iter(effects.values())))
    }


def from_api(given: Mapping[str, Any]) -> dict[str, Any]:
    """A discount as Voucherify writes it. What is wrong with it, `mistake` says; a type nobody knows is kept."""
    type = next((ours for ours, theirs in TYPES.items() if theirs == str(given.get("type", "")).upper()), "")
    if not type:
        return {"type": given.get("type")}
    effect = str(given.get("effect") or "").upper()
    ours = next((word for word, theirs in EFFECTS[type].items() if theirs == effect), effect)
    read = {
        _SIZES[type]: _whole(given.get(NAMES[type])),
        "of": given.get("unit_type") if type == "unit" else None,
        "most": _whole(given.get("amount_limit")) if type == "percent" else None,
        "most_of_order": _whole(given.get("aggregated_amount_limit")),
        "effect": ours if ours and ours != next(iter(EFFECTS[type])) else None,
    }
    return {"type": type, **{name: value for name, value in read.items() if value is not None}}


def _whole(value: Any) -> Any:
    """`15.0` is 15."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _short(minor: int, currency: str, locale: str) -> str:
    """Money without decimals that are all zero."""
    text = money.shown(minor, currency, locale)
    places = len(text) - len(text.rstrip("0"))
    whole = minor % 10 ** money.places(currency) == 0
    return text[: -places - 1] if whole and places and text[-places - 1] in ".," else text


def mistake(discount: dict[str, Any] | None) -> tuple[str, str] | None:
    """The field that is wrong, and why in words; None where the discount is right."""
    return _size(discount) or _bounds(discount or {})


def _bounds(discount: dict[str, Any]) -> tuple[str, str] | None:
    known = EFFECTS[discount["type"]]
    if discount.get("effect") is not None and discount["effect"] not in known:
        return "effect", f"is none that this discount can have: {', '.join(known.values())}."
    for name in ("most", "most_of_order"):
        most = discount.get(name)
        if most is not None and not (_number(most) and 0 < most <= MOST and most == int(most)):
            return "most", "Write the most that is taken off, such as 10.00, or nothing."
    return None


def _size(discount: dict[str, Any] | None) -> tuple[str, str] | None:
    match discount:
        case {"type": "percent", "percent": percent}:
            return None if _number(percent) and 0 < percent <= 100 else ("percent", "Write how many percent are taken off, up to 100.")
        case {"type": "amount", "minor": minor}:
            return None if _amount(minor) and minor > 0 else ("amount", "Write how much is taken off, such as 5.00.")
        case {"type": "fixed", "minor": minor}:
            return None if _amount(minor) and minor >= 0 else ("amount", "Write the price that is paid with the code, such as 4.50.")
        case {"type": "unit", "units": units, "of": thing}:
            return _unit(units, thing)
        case _:
            return "discount_type", "Choose what the code is worth."


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _amount(value: Any) -> bool:
    return _number(value) and value <= MOST and value == int(value)


def _unit(units: Any, thing: Any) -> tuple[str, str] | None:
    if not _number(units) or not 1 <= units <= 1_000 or units != int(units):
        return "units", "Write how many are free, 1 to 1,000."
    if not str(thing or "").strip():
        return "unit_of", "Write what is free, such as coffee."
    return ("unit_of", f"At most {LONGEST_THING} characters.") if len(thing) > LONGEST_THING else None
