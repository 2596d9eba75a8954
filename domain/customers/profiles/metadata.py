"""Which type does a key of metadata have? It is registered at the key's first use, and every later value must fit."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.customers.profiles import readers
from domain.kernel import clock
from domain.kernel.base import new_id
from domain.kernel.errors import Ambiguous, Refused
from domain.kernel.text import dates, numbers
from domain.kernel.text.numbers import NO_NUMBER
from domain.tables.customers import MetadataField

TYPES = {"text": "Text", "number": "Number", "boolean": "Yes or no", "date": "Date", "datetime": "Date and time"}
KEY = re.compile(r"[^\W\d]\w{0,63}")
_YES = "yes y true t 1 x on ja wahr oui vrai si sí sì verdadero vero sim verdadeiro tak prawda waar da adevărat evet doğru"
_NO = "no n false f 0 off - nein falsch non faux falso não nao nie fałsz nee onwaar nu fals hayır hayir yanlış yanliş"
_CYRILLIC = "да истина так істина", "нет ложь ні хибність"
YES, NO = frozenset([*_YES.split(), *_CYRILLIC[0].split()]), frozenset([*_NO.split(), *_CYRILLIC[1].split()])
"""Folded words for yes and no, and what spreadsheets make of TRUE and FALSE, in the largest languages of Europe."""
_EXAMPLE = {"number": "12 or 12.5", "boolean": "yes or no", "date": "1990-06-02", "datetime": "1990-06-02 14:30"}


def types(session: Session, noun: str = "customer") -> dict[str, str]:
    """Key -> type, for every key registered so far, by name."""
    rows = session.execute(select(MetadataField.key, MetadataField.type).where(MetadataField.noun == noun).order_by(MetadataField.key))
    return {row.key: row.type for row in rows}


def register(session: Session, wanted: Mapping[str, str], noun: str = "customer") -> None:
    """Make sure that these keys have these types. Raises Refused by key where one already has another."""
    if strange := {key: f"“{type[:40]}” is no type. Choose one of the list." for key, type in wanted.items() if type not in _readers}:
        raise Refused(strange)
    mistakes = {
        key: f"“{key}” cannot be a key: letters, digits and _ only, and no digit first." for key in wanted if not KEY.fullmatch(key)
    }
    if mistakes:
        raise Refused(mistakes)
    rows = [
        {"id": new_id(), "noun": noun, "key": key, "type": type, "label": "", "created_at": clock.now(session)}
        for key, type in sorted(wanted.items())
    ]
    if rows:
        session.execute(insert(MetadataField).values(rows).on_conflict_do_nothing(index_elements=["noun", "key"]))
    known = types(session, noun)
    if clash := {k: f"“{k}” holds {_plural(known[k])}, not {_plural(type)}." for k, type in wanted.items() if known[k] != type}:
        raise Refused(clash)


def _plural(type: str) -> str:
    return {"text": "text", "number": "numbers", "boolean": "yes or no", "date": "dates", "datetime": "dates with a time"}[type]


def read(typed: str, type: str, reading: readers.Reading, zone: str = "UTC") -> Any:
    """What is stored (JSON) for what was typed; None for nothing. Raises ValueError in words.

    Dates are kept as `2011-12-09`, times as UTC to the second, `2011-12-09T12:50:00Z`, so that text order is time order.
    """
    typed = typed.replace("\0", "").strip()
    if not typed:
        return None
    try:
        return _readers[type](typed, reading, zone)
    except Ambiguous as doubt:
        raise ValueError(f"“{typed[:100]}” {doubt}. Write it like {_EXAMPLE[type]}." if type == "number" else str(doubt)) from doubt
    except (ValueError, OverflowError) as wrong:
        why = f": it {wrong}" if type == "number" and str(wrong) != NO_NUMBER else ""
        raise ValueError(f"“{typed[:100]}” is not {_a(type)}{why}. Write it like {_EXAMPLE[type]}.") from wrong


def words(value: Any) -> str:
    """The text of a stored value that `read` reads as the same, whatever was decided about dates and numbers."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return numbers.written(value)
        case _:
            return "" if value is None else str(value)


def _a(type: str) -> str:
    return {"number": "a number", "boolean": "yes or no", "date": "a date", "datetime": "a date with a time"}[type]


def _number(typed: str, reading: readers.Reading, zone: str) -> int | float:
    if typed.isascii() and typed.isdigit() and len(typed) < 16 and (typed[0] != "0" or typed == "0"):
        return int(typed)
    value = numbers.number(typed, reading.decimal)
    return int(value) if value == value.to_integral_value() else float(value)


def _boolean(typed: str, reading: readers.Reading, zone: str) -> bool:
    folded = typed.casefold()
    if folded not in YES and folded not in NO:
        raise ValueError("neither")
    return folded in YES


def _date(typed: str, reading: readers.Reading, zone: str) -> str:
    return readers.date(typed, reading).isoformat()


def _datetime(typed: str, reading: readers.Reading, zone: str) -> str:
    return dates.moment(typed, reading.day_first, zone).strftime("%Y-%m-%dT%H:%M:%SZ")


_readers = {
    "text": lambda typed, reading, zone: typed[: readers.LONGEST * 4],
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}


def guess(values: list[str]) -> str:
    """The narrowest type all of these (not empty) texts fit; `text` where there is none or they look like codes (`007`)."""
    seen = [value.strip() for value in values if value.strip()]
    reading = readers.Reading(datetime.date.max, day_first=True, decimal=numbers.POINT)  # doubtful ones are of the type, too
    if not seen or any(re.fullmatch(r"[+-]?0\d+", value) for value in seen):
        return "text"
    for type in ("number", "boolean", "date", "datetime"):
        if all(_fits(value, type, reading) for value in seen):
            return type
    return "text"


def _fits(value: str, type: str, reading: readers.Reading) -> bool:
    if type == "date" and len(value) > 10:
        return False
    try:
        read(value, type, reading)
    except ValueError:
        return False
    return True


def checked(session: Session, given: Mapping[str, Any], noun: str = "customer") -> dict[str, Any]:
    """JSON values as a program gives them: their types are registered or checked. Raises Refused by key."""
    values = {key: value for key, value in given.items() if value is not None}
    known = types(session, noun)
    mistakes = {}
    for key, value in values.items():
        if _type_of(value, known.get(key)) is None:
            mistakes[key] = (
                f"“{key}” cannot hold {value!r}." if key not in known else f"“{key}” holds {_plural(known[key])}, not {value!r}."
            )
    if mistakes:
        raise Refused(mistakes)
    register(session, {key: str(_type_of(value, known.get(key))) for key, value in values.items()}, noun)
    return values


def _type_of(value: Any, registered: str | None) -> str | None:
    match value:
        case bool():
            own = "boolean"
        case int() | float():
            own = "number"
        case str():
            own = (
                registered
                if registered in {"date", "datetime"} and _fits(value, registered, readers.Reading(datetime.date.max))
                else "text"
            )
        case _:
            return None
    return own if registered in {None, own} else None
