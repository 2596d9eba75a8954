"""Which number does this text mean? One reader for forms, files and lists of used codes; where two are possible it refuses to guess.

`1,000` is a thousand to some and one to others. What decides is a text that can mean one thing only (`12,50`, `1.000,00`), or a person.
"""

import re
from decimal import Decimal

from domain.kernel.errors import Ambiguous

POINT, COMMA, DOUBTFUL = ".", ",", "?"
"""What a text proves about the sign before decimals; DOUBTFUL: it could be read both ways."""
NO_NUMBER, TOO_LARGE = "is not a number", "is too large to count with"
MOST = Decimal(10) ** 30
"""Numbers are smaller than this."""
_GROUPING_ONLY = re.compile(r"(?<=\d)[\xa0\u202f\u2009 '](?=\d{3}(?:\D|$))")
"""Signs between thousands that never stand before decimals."""
_PLAIN = re.compile(r"[+-]?(?:0|[1-9]\d*)")
_LEADING_ZERO = re.compile(r"[+-]?0\d+")
EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
"""How spreadsheets shorten a long number."""
_ONE_SIGN = re.compile(r"([+-]?)(\d*)([.,])(\d+)")


def number(typed: str, decimal: str = "") -> Decimal:
    """The number meant. `decimal`: the sign before decimals where text alone cannot tell, POINT or COMMA; empty: refuse such text.

    Raises ValueError in words that follow the text: why it is no number; Ambiguous: which two it could be.
    """
    plain = without_spaces(typed.strip())
    if _PLAIN.fullmatch(plain):
        return _bounded(Decimal(plain))
    if _LEADING_ZERO.fullmatch(plain):
        raise ValueError("begins with a zero that a number would lose")
    if EXPONENT.fullmatch(plain):
        return _of_exponent(plain)
    sign = proof(plain)
    if not sign:
        raise ValueError(NO_NUMBER)
    if sign == DOUBTFUL and not decimal:
        raise Ambiguous(_doubt(plain))
    sign = decimal if sign == DOUBTFUL else sign
    thousands = COMMA if sign == POINT else POINT
    return _bounded(Decimal(plain.replace(thousands, "").replace(sign, ".")))


def shortened(typed: str) -> bool:
    """Whether a spreadsheet wrote it, which always writes the sign of the exponent (`2.00E+05`), and may have lost digits."""
    return bool(EXPONENT.fullmatch(typed)) and "+" in typed[1:]


def _of_exponent(typed: str) -> Decimal:
    if shortened(typed):
        raise ValueError("was shortened by a spreadsheet; its last digits may be gone")
    try:
        return _bounded(Decimal(typed.replace(",", ".")))
    except ArithmeticError as wrong:
        raise ValueError(TOO_LARGE) from wrong


def without_spaces(typed: str) -> str:
    """The text without spaces and apostrophes between its thousands: they never stand before decimals."""
    return typed if typed.isascii() and " " not in typed and "'" not in typed else _GROUPING_ONLY.sub("", typed)


def proof(typed: str) -> str:
    """Which sign stands before decimals, as far as this text alone says: POINT, COMMA, DOUBTFUL; empty where it says nothing."""
    if one := _ONE_SIGN.fullmatch(typed):
        _, before, sign, after = one.groups()
        doubtful = len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0"
        if before.startswith("0") and before != "0":
            return ""
        return DOUBTFUL if doubtful else sign
    for sign, thousands in ((COMMA, POINT), (POINT, COMMA)):
        if _grouped(typed, thousands, sign):
            return sign
    return ""


def _grouped(typed: str, thousands: str, sign: str) -> bool:
    """`1.234.567`, `1.234,50`, and `12,34,567.50` as written in India."""
    whole, found, after = typed.lstrip("+-").partition(sign)
    first, *groups = whole.split(thousands)
    if not groups or (found and not after.isdecimal()) or not (first.isdecimal() and first.isascii() and 1 <= len(first) <= 3):
        return False
    sizes = [len(group) for group in groups]
    return all(g.isdecimal() for g in groups) and sizes[-1] == 3 and (set(sizes) == {3} or (set(sizes[:-1]) == {2} and len(first) <= 2))


def _doubt(typed: str) -> str:
    digits = typed.replace(",", "").replace(".", "")
    return f"could be {digits} or {Decimal(digits).scaleb(-3).normalize():f}: the sign in it could be one for thousands"


def _bounded(value: Decimal) -> Decimal:
    if abs(value) >= MOST:
        raise ValueError(TOO_LARGE)
    return value


def written(value: int | float | Decimal, places: int = 0) -> str:
    """A number as `number` reads it, whoever decides: three decimals get a fourth, so that nobody takes them for thousands."""
    text = f"{Decimal(str(value)):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    whole, _, after = text.partition(".")
    after = after.ljust(places, "0")
    text = f"{whole}.{after}" if after else whole
    return f"{text}0" if proof(text) == DOUBTFUL else text
