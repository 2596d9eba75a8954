"""Which messages are nothing but words and variables that are text, with or without a default? They are rendered without Liquid.

What it yields is, letter by letter, what `CompiledMessage.values` yields for the same values; whatever is not so simple is left to that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring

from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.arguments import PositionalArgument
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.expression import Expression

from domain.messages.compile import COMPUTED, Compiled, Slot
from domain.messages.liquid.escaping import ESCAPE, OutputContext
from domain.messages.liquid.language import PlacedOutput
from domain.messages.liquid.limits import LONGEST_PART
from domain.messages.message import CompiledMessage

MOST_BYTES = 4
"""Of one character."""
Names = tuple[str, ...]
"""Of a variable: `customer`, `first_name`."""


@dataclass(frozen=True, slots=True)
class LoneSlot:
    """A slot that is one variable: its key, its names, what stands there where it is empty, and how it is written in its place."""

    key: str
    names: Names
    otherwise: Names | str
    """Another variable, or text."""
    escape: Callable[[str], str]


def lone_slots(message: CompiledMessage) -> tuple[LoneSlot, ...] | None:
    """All slots of a message, or None where one of them is more than a variable with a default."""
    slots: list[LoneSlot] = []
    for part in message.parts.values():
        if not isinstance(part, Compiled):
            return None
        for slot in part.slots:
            if (lone := _lone(slot)) is None:
                return None
            slots.append(lone)
    return tuple(slots)


def _lone(slot: Slot) -> LoneSlot | None:
    node = slot.nodes[0]
    if len(slot.nodes) != 1 or not isinstance(node, PlacedOutput) or node.place is OutputContext.JSON_VALUE:
        return None
    expression = node.expression
    if not isinstance(expression, FilteredExpression) or not (names := _names(expression.left)):
        return None
    otherwise = _default(expression)
    return None if otherwise is None else LoneSlot(slot.key, names, otherwise, ESCAPE[node.place])


def _default(expression: FilteredExpression) -> Names | str | None:
    """What `| default:` says, or empty text where there is no filter; None where there is another one."""
    if not expression.filters:
        return ""
    filter, arguments = expression.filters[0], expression.filters[0].args
    if len(expression.filters) > 1 or filter.name != "default" or len(arguments) != 1 or not isinstance(arguments[0], PositionalArgument):
        return None
    other = arguments[0].value
    return other.value if isinstance(other, StringLiteral) else _names(other) or None


def _names(expression: Expression) -> Names:
    if not isinstance(expression, Path):
        return ()
    names = tuple(name for name in expression.path if isinstance(name, str) and name not in COMPUTED)
    return names if len(names) == len(expression.path) else ()


def variables(slots: Sequence[LoneSlot]) -> Iterator[Names]:
    """The variables that are used, each once."""
    used = (names for slot in slots for names in (slot.names, slot.otherwise) if isinstance(names, tuple))
    yield from dict.fromkeys(used)


class LoneValues:
    """Renders a message whose variables are all among `columns` (names -> position in a row of texts) or `constants` (names -> text)."""

    def __init__(
        self, message: CompiledMessage, slots: Sequence[LoneSlot], columns: Mapping[Names, int], constants: Mapping[Names, str]
    ) -> None:
        def source(names: Names | str) -> int | str:
            return columns.get(names, constants.get(names, "")) if isinstance(names, tuple) else names

        self._fixed: dict[str, str] = {}
        self._steps: list[tuple[str, int, int | str, Callable[[str], str]]] = []
        for slot in slots:
            found, otherwise = source(slot.names), source(slot.otherwise)
            if isinstance(found, str):
                found = found or otherwise
            if isinstance(found, str):
                self._fixed[slot.key] = slot.escape(found)
            else:
                self._steps.append((slot.key, found, otherwise, slot.escape))
        self._keys = [f"{encode_basestring(key)}: " for key, *_ in self._steps]
        self._head = [f"{encode_basestring(key)}: {encode_basestring(text)}" for key, text in self._fixed.items()]
        static = max((part.fixed for part in message.parts.values() if isinstance(part, Compiled)), default=0)
        self._room = (LONGEST_PART - static) // MOST_BYTES - sum(map(len, self._fixed.values()))

    def of(self, row: Sequence[str]) -> dict[str, str] | None:
        """Slot key -> text; None where it may be too long for a part, which the careful way decides."""
        values = self._fixed.copy()
        room = self._room
        for key, at, otherwise, escape in self._steps:
            found = row[at] or (otherwise if isinstance(otherwise, str) else row[otherwise])
            values[key] = text = escape(found)
            room -= len(text)
        return values if room > 0 else None

    def as_json(self, values: Mapping[str, str]) -> str:
        """These values as a JSON object, with what does not differ encoded once."""
        own = [said + encode_basestring(values[key]) for said, (key, *_) in zip(self._keys, self._steps, strict=True)]
        return f"{{{', '.join(self._head + own)}}}"
