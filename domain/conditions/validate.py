"""Can this condition be saved? What people and programs wrote is read once: checked, typed, its case folded."""

import datetime
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.conditions.facts import Fact, Facts, Type
from domain.conditions.operators import MOST_VALUES, Operator, operator
from domain.conditions.tree import JOINS, Condition, branches, leaves
from domain.kernel.errors import Ambiguous
from domain.kernel.text import numbers
from domain.kernel.text.folding import fold

MOST_LEAVES = 100
DEEPEST = 5
MOST_NUMBER = Decimal("1e15")
YEARS = range(1800, 2200)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with the node at `path` (the places of its ancestors, `0.2.1`; empty: the whole), in words that name the remedy."""

    path: str
    text: str


def mistakes(node: Condition, facts: Facts) -> list[Wrong]:
    """Everything that keeps a condition from being saved."""
    found = [Wrong("", text)] if (text := _too_much(node)) else list(_empty(node, ""))
    if found:
        return found
    for path, leaf in leaves(node):
        try:
            _read(leaf, facts)
        except ValueError as why:
            found.append(Wrong(path, str(why)))
    return found


def _too_much(node: object) -> str:
    """Why this is no condition, or a larger one than may be; looked at step by step, before anything calls itself for a part of it."""
    waiting, count = [(node, 0)], 0
    while waiting:
        one, deep = waiting.pop()
        if not isinstance(one, dict):
            return "Each condition is an object: a fact, how it is compared, and a value; or all, any or not with others inside."
        if deep > DEEPEST:
            return f"Groups are nested more than {DEEPEST} deep. Make the inner ones a segment of their own."
        join, children = _inner(one)
        if not isinstance(children, list):
            return f"“{join}” holds a list of conditions."
        count += join == "leaf"
        if count + len(children) > MOST_LEAVES:
            most = count + len(children) if len(children) <= 10 * MOST_LEAVES else "very many"
            return f"This has {most} conditions; {MOST_LEAVES} are the most. Make a part of it a segment of its own."
        waiting += [(child, deep + 1) for child in children]
    return ""


def _inner(node: Condition) -> tuple[str, object]:
    join = next((name for name in (*JOINS, "not") if name in node), "leaf")
    return join, [] if join == "leaf" else [node["not"]] if join == "not" else node[join]


def _empty(node: Condition, path: str) -> Iterator[Wrong]:
    join, children = branches(node)
    if join != "leaf" and not children:
        yield Wrong(path, "This group is empty. Add a condition, or remove the group.")
    for place, child in enumerate(children):
        yield from _empty(child, f"{path}.{place}" if path else str(place))


def saved(node: Condition, facts: Facts) -> Condition:
    """The condition as it is stored: values typed and their case folded; `shown` keeps what was written.

    Raises ValueError, in words, where it cannot be stored; `mistakes` says everything that is wrong.
    """
    join, children = branches(node)
    if join == "leaf":
        return _read(node, facts)
    inner = [saved(child, facts) for child in children]
    return {"not": inner[0]} if join == "not" else {join: inner}


def _read(leaf: Condition, facts: Facts) -> Condition:
    key = str(leaf.get("fact") or "")
    if not key:
        raise ValueError("Choose what this condition is about.")
    fact = facts.get(key)
    if fact is None:
        raise ValueError(f"Nothing is known about “{key.partition('.')[2] or key}”. Choose another fact, or remove this condition.")
    found = operator(fact, str(leaf.get("is") or ""))
    if found is None:
        raise ValueError(f"Choose how “{fact.label}” is compared.")
    kept = {"fact": key, "is": found.key}
    if found.takes == "nothing":
        return kept
    shown = _operand(found, fact, leaf.get("shown", leaf.get("value")))
    value = _folded(shown) if fact.type == Type.TEXT and not fact.exact else shown
    return kept | {"value": value} | ({} if value == shown else {"shown": shown})


def _folded(value: Any) -> Any:
    return [fold(v) for v in value] if isinstance(value, list) else fold(value)


def _operand(found: Operator, fact: Fact, raw: Any) -> Any:
    match found.takes:
        case "days":
            return _days(raw)
        case "some":
            return _thing(fact, raw)
        case "two":
            return _two(fact, raw)
        case "many":
            return _many(fact, raw)
        case _:
            return _one(fact, raw)


def _days(raw: Any) -> int:
    text = str(raw if raw is not None else "").strip()
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 36500:
        raise ValueError("Write a number of days, such as 30.")
    return int(text)


def _thing(fact: Fact, raw: Any) -> str:
    if not raw:
        raise ValueError(f"Choose a {fact.noun}.")
    if str(raw) not in fact.choices:
        raise ValueError(f"This {fact.noun} was deleted. Choose another, or remove this condition.")
    return str(raw)


def _two(fact: Fact, raw: Any) -> list[Any]:
    pair = list(raw) if isinstance(raw, list | tuple) else []
    if len(pair) != 2 or any(str(v or "").strip() == "" for v in pair if v != 0):
        raise ValueError("Fill in both ends.")
    low, high = (_one(fact, v) for v in pair)
    if low > high:
        raise ValueError("The first value is larger than the second. Swap them.")
    return [low, high]


def _many(fact: Fact, raw: Any) -> list[Any]:
    pieces = _pieces(fact, raw) if isinstance(raw, str) else list(raw or [])
    values = list(dict.fromkeys(_one(fact, piece) for piece in pieces if str(piece).strip()))
    if not values:
        raise ValueError("Write at least one value; several are parted by commas, semicolons or new lines.")
    if len(values) > MOST_VALUES:
        raise ValueError(f"These are {len(values)} values; {MOST_VALUES} are the most.")
    return values


def _pieces(fact: Fact, typed: str) -> list[str]:
    """The values of a list. A comma between digits parts no numbers: it may stand before decimals, and nobody guesses."""
    if fact.type is not Type.NUMBER:
        return re.split(r"[,;\n]", typed)
    pieces = [piece.strip() for piece in re.split(r"[;\n]|,(?=\s|$)", typed) if piece.strip()]
    if len(pieces) == 1 and "," in pieces[0]:
        raise ValueError(
            f"“{pieces[0][:100]}” could be one number or several. Part several by semicolons or new lines; write one like 12.50."
        )
    return pieces


def _one(fact: Fact, raw: Any) -> Any:
    text = str(raw if raw is not None else "").strip()
    if text == "":
        raise ValueError("A value is missing.")
    match fact.type:
        case Type.NUMBER:
            return _number(text, raw)
        case Type.BOOLEAN:
            return _boolean(text)
        case Type.DATE | Type.DATETIME:
            return _date(text)
        case _:
            return _text(text)


def _text(text: str) -> str:
    if len(text) > 1000:
        raise ValueError("This is longer than 1,000 characters.")
    return text.replace("\x00", "")


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false", "yes", "no"}:
        raise ValueError("Choose yes or no.")
    return text.lower() in {"true", "yes"}


def _number(text: str, raw: Any) -> int | float:
    """What a program says is a number already; what is typed is read as everywhere."""
    try:
        value = numbers.number(text) if isinstance(raw, str) else _said(raw)
    except Ambiguous as doubt:
        raise ValueError(f"“{text[:100]}” {doubt}. Write it like 1000 or 12.5.") from doubt
    except ValueError as wrong:
        raise ValueError(f"“{text[:100]}” {numbers.NO_NUMBER}. Write it like 1250 or 99.95.") from wrong
    if len(value.normalize().as_tuple().digits) > 15 or abs(value) > MOST_NUMBER:
        raise ValueError(f"“{text[:100]}” is too long to compare with: 15 digits are the most.")
    return int(value) if value == value.to_integral_value() else float(value)


def _said(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or (isinstance(raw, float) and not math.isfinite(raw)):
        raise ValueError(numbers.NO_NUMBER)
    return Decimal(str(raw))


def _date(text: str) -> str:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as wrong:
        raise ValueError(f"“{text}” is not a date. Write it like 2026-03-31.") from wrong
    if day.year not in YEARS:
        raise ValueError(f"The year {day.year} is out of reach; use one from {YEARS.start} to {YEARS.stop - 1}.")
    return day.isoformat()
