"""A JSON body with variables: parsed first, then its leaves are filled, so no value can add a key or break out of its quotes.

A leaf that is exactly one variable becomes what its value is: a number, true or false, null, a date as ISO 8601, else a string.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.messages.compile import Compiled, Slot, compile_part
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.language import PlacedOutput
from domain.messages.liquid.limits import Budget
from domain.messages.liquid.places import TemplateError
from integrations import outside_json


@dataclass(frozen=True, slots=True)
class CompiledPayload:
    """The body as static JSON text and the leaves between; used like `Compiled`."""

    part: str
    pieces: tuple[str | Compiled, ...]

    @property
    def leaves(self) -> tuple[Compiled, ...]:
        """The strings that hold variables."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Compiled))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots of all leaves, in order."""
        return tuple(slot for leaf in self.leaves for slot in leaf.slots)

    def values(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Slot key -> text, escaped for the inside of a JSON string."""
        budget = Budget()
        budget.room -= sum(len(piece) for piece in self.pieces if isinstance(piece, str))
        return {key: value for leaf in self.leaves for key, value in leaf.values(facts, budget).items()}

    def assemble(self, values: Mapping[str, str]) -> str:
        """The body with these values."""
        return "".join(piece if isinstance(piece, str) else piece.assemble(values) for piece in self.pieces)

    def template(self) -> str:
        """The body with slot keys in place of values."""
        return "".join(piece if isinstance(piece, str) else piece.template() for piece in self.pieces)


def compile_payload(source: str, part: str = "payload") -> CompiledPayload:
    """Compile a JSON body whose strings may hold variables. Raises TemplateError with line and column where it is not JSON."""
    try:
        tree = outside_json.read(source)
    except json.JSONDecodeError as wrong:
        raise TemplateError(
            f"Line {wrong.lineno}, column {wrong.colno}: this is not JSON: {WORDS.get(wrong.msg, wrong.msg)}. "
            'Variables stand inside quotes, like "code": "{{ voucher.code }}".'
        ) from wrong
    except outside_json.TooDeep as deep:
        raise TemplateError(f"This is nested deeper than {outside_json.DEEPEST}.") from deep
    except outside_json.NoNumber as wrong:
        raise TemplateError(f"{str(wrong)[0].upper()}{str(wrong)[1:]}.") from wrong
    try:
        return CompiledPayload(part, tuple(_joined(_written(tree, part, itertools.count()))))
    except _InLeaf as wrong:
        raise TemplateError(f"{_where(source, wrong.leaf)}{wrong.said}") from wrong.__cause__


WORDS = {
    "Expecting value": "a value is missing here",
    "Expecting ',' delimiter": "a comma is missing here, or a quotation mark is one too many",
    "Expecting ':' delimiter": "a colon is missing here",
    "Expecting property name enclosed in double quotes": "the name of a field is missing here, in double quotation marks",
    "Illegal trailing comma before end of object": "a comma stands before the closing brace",
    "Illegal trailing comma before end of array": "a comma stands before the closing bracket",
    "Extra data": "the document was already at its end",
    "Unterminated string starting at": "this string has no closing quotation mark",
    "Invalid control character at": "a line break or a tab stands inside a string",
    "Invalid \\escape": "this backslash stands before a character that takes none",
    "Invalid \\uXXXX escape": "four hexadecimal digits belong behind this backslash and u",
}
"""What the parser says -> what a marketer can put right."""


class _InLeaf(Exception):
    """A string of the body is not Liquid."""

    def __init__(self, leaf: str, said: str) -> None:
        super().__init__(said)
        self.leaf, self.said = leaf, re.sub(r"^Line \d+, column \d+: ", "", said)


def _where(source: str, leaf: str) -> str:
    """`Line 3, column 12: ` of the string, as far as it can be found again as it was written."""
    found = (source.find(json.dumps(leaf, ensure_ascii=ascii)) for ascii in (False, True))
    at = next((place for place in found if place >= 0), -1)
    if at < 0:
        return f"In “{leaf[:40]}”: "
    return f"Line {source.count(chr(10), 0, at) + 1}, column {at - source.rfind(chr(10), 0, at)}: "


def _written(tree: Any, part: str, numbers: Iterator[int]) -> Iterator[str | Compiled]:
    match tree:
        case dict():
            yield "{"
            for at, (key, value) in enumerate(tree.items()):
                if "{{" in key or "{%" in key:
                    raise TemplateError(f"“{key}” is the name of a field; variables may only stand in values.")
                yield f"{',' if at else ''}{json.dumps(key, ensure_ascii=False)}:"
                yield from _written(value, part, numbers)
            yield "}"
        case list():
            yield "["
            for at, value in enumerate(tree):
                yield "," if at else ""
                yield from _written(value, part, numbers)
            yield "]"
        case str() if "{{" in tree or "{%" in tree:
            yield from _leaf(tree, f"{part}{next(numbers)}")
        case _:
            yield json.dumps(tree, ensure_ascii=False)


def _leaf(text: str, part: str) -> Iterator[str | Compiled]:
    try:
        compiled = compile_part(text, OutputContext.JSON, part)
        if _alone(compiled):
            yield compile_part(text, OutputContext.JSON_VALUE, part)
            return
    except TemplateError as wrong:
        raise _InLeaf(text, str(wrong)) from wrong
    yield '"'
    yield compiled
    yield '"'


def _alone(compiled: Compiled) -> bool:
    return len(compiled.pieces) == 1 and isinstance(slot := compiled.pieces[0], Slot) and isinstance(slot.nodes[0], PlacedOutput)


def _joined(pieces: Iterable[str | Compiled]) -> Iterator[str | Compiled]:
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
        else:
            yield text
            yield piece
            text = ""
    yield text
