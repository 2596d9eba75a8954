"""What may a template cost? Its steps, its text, its ranges and the results of its filters are counted while it runs.

A step is a node that is rendered, a filter that is called, or a thousand characters or items that one of them reads or writes.
What is too much raises CannotRender: in a preview and at send time alike.
"""

import functools
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass
from typing import Any

from liquid import BoundTemplate, RenderContext, Token
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError
from liquid.undefined import UNDEFINED

MOST_STEPS = 100_000
"""Of one rendered part."""
LONGEST_PART = 512 * 1024
"""Bytes of one rendered part."""
LONGEST_RESULT = 1024 * 1024
"""Characters of what one filter returns."""
LONGEST_LIST = 10_000
"""Items of a range or of a list."""
LARGEST_NUMBER = 2**256
THOUSAND = 1000
"""Characters or items that count as a step."""
_NONE: list[str] = []
BROKEN = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError)
"""What a filter or a comparison of the library raises over values that it was not made for."""


class CannotRender(LiquidError):
    """The template costs too much, or does not fit a customer's data; args: a sentence without its full stop and without any value."""

    def __init__(self, said: str) -> None:
        super().__init__(said, token=None)


@dataclass(slots=True)
class Budget:
    """What is left for one part of one message."""

    steps: int = MOST_STEPS
    room: int = LONGEST_PART

    def spend(self, steps: int) -> None:
        """Count steps. Raises CannotRender."""
        self.steps -= steps
        if self.steps < 0:
            raise CannotRender(f"this takes more than {MOST_STEPS:,} steps; make its loops shorter")

    def write(self, text: str) -> None:
        """Count text that was rendered. Raises CannotRender."""
        self.room -= len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
        if self.room < 0:
            raise CannotRender(f"this becomes longer than {LONGEST_PART // 1024} kB")


class CountedContext(RenderContext):
    """A render of one slot that counts. `price`: steps of a node, more than one where its conditions are long."""

    __slots__ = ("budget", "price")

    def __init__(self, template: BoundTemplate, facts: Mapping[str, Any], budget: Budget, price: int = 1) -> None:
        self.budget, self.price = budget, price
        super().__init__(template, globals=facts)

    @property
    def disabled_tags(self) -> list[str]:
        """None is; Liquid asks before every node, so nodes are counted here, those inside of loops and branches too."""
        budget = self.budget
        budget.steps -= self.price
        if budget.steps < 0:
            budget.spend(0)
        return _NONE

    @disabled_tags.setter
    def disabled_tags(self, tags: list[str]) -> None:
        assert not tags

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """Look a variable up; a long one costs more."""
        found = super().get(path, token=token, default=default)
        if (type(found) is str or type(found) is list) and len(found) > THOUSAND:
            self.budget.spend(len(found) // THOUSAND)
        return found

    def assign(self, key: str, val: Any) -> None:
        """Keep a value; the library looks at all that are kept."""
        self.budget.spend(1 + len(self.locals) // 10)
        super().assign(key, val)

    def filter(self, name: str, token: Any) -> Callable[..., object]:
        """The filter, with its arguments and its result measured."""
        return functools.partial(_measured, self.budget, name, super().filter(name, token))


def _measured(budget: Budget, name: str, inner: Callable[..., object], value: object, /, *args: Any, **named: Any) -> object:
    if named and named.keys() & {"context", "environment"}:
        raise CannotRender(f"“{name}” takes no such argument")
    try:
        _count(budget, name, value, args)
        result = inner(value, *args, **named)
        size = len(result) if type(result) is str else _size(result)
    except CannotRender:
        raise
    except (LiquidError, *BROKEN) as why:
        raise CannotRender(f"“{name}” cannot work with this value") from why
    if size > THOUSAND:
        _check(name, size)
        budget.spend(size // THOUSAND)
    return result


def _count(budget: Budget, name: str, value: object, args: tuple[object, ...]) -> None:
    size = len(value) if type(value) is str else _size(value)
    for argument in args:
        size += len(argument) if type(argument) is str else _size(argument)
    budget.spend(1 + size // THOUSAND)
    if name in _COST:
        budget.spend(_COST[name](value))
    if name in _FORESEEN:
        _check(name, _FORESEEN[name](value, *args))


def _check(name: str, size: int) -> None:
    if size > LONGEST_RESULT:
        raise CannotRender(f"what “{name}” returns is too large")


def _size(value: object, deep: int = 3) -> int:
    """About how many characters it is when written out."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int):
        return LONGEST_RESULT + 1 if abs(value) > LARGEST_NUMBER else 1
    if isinstance(value, list | tuple):
        if len(value) > LONGEST_LIST:
            return LONGEST_RESULT + 1
        return len(value) + sum(_size(item, deep - 1) for item in value) if deep else len(str(value))
    return len(value) if isinstance(value, range) else 1


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _replaced(value: object, old: object = "", new: object = "") -> int:
    text, gone = _text(value), _text(old)
    return len(text) + text.count(gone) * max(0, len(_text(new)) - len(gone))


def _joined(value: object, between: object = " ") -> int:
    items = len(value) if isinstance(value, Sized) else 1
    return _size(value) + items * len(_text(between))


_FORESEEN: dict[str, Callable[..., int]] = {"replace": _replaced, "join": _joined}
"""Filters whose result can be far larger than all that they are given -> the size of it, known before it is made."""


def _pairs(value: object) -> int:
    return len(value) ** 2 // THOUSAND if isinstance(value, list | tuple | range) else 0


_COST: dict[str, Callable[[object], int]] = {"uniq": _pairs, "strip_html": lambda value: len(_text(value)) ** 2 // 20_000}
"""Filters that look at everything more than once -> the steps of that."""


class BoundedRange(RangeLiteral):
    """`(1..n)` of at most `LONGEST_LIST` numbers, whatever part of it is used."""

    __slots__ = ()

    def _make_range(self, start: Any, stop: Any) -> range:
        try:
            made: range = super()._make_range(start, stop)
        except OverflowError as infinite:
            raise CannotRender("a range has no end") from infinite
        if max(made.stop - made.start, 0) > LONGEST_LIST:
            raise CannotRender(f"a range has at most {LONGEST_LIST:,} numbers")
        return made
