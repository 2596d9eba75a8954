"""A part of a message, compiled once: static pieces, and slots that are rendered for each recipient.

A slot is a `{{ variable }}` or a whole `{% if %}…{% endif %}` at the top level. Where a part assigns or captures, what is rendered
later depends on what was rendered before: then the whole part is one slot.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.exceptions import LiquidError
from liquid.output import LimitedStringIO

from domain.messages.escaping import ESCAPE, OutputContext
from domain.messages.language import STATEFUL, Language, PlacedOutput, language
from domain.messages.places import TemplateError, set_places, walk

COMPUTED = frozenset({"size", "first", "last"})
"""Names that Liquid works out where the value has none of that name."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What differs from recipient to recipient. `key` is unique within the message and cannot occur in its static text."""

    key: str
    nodes: tuple[Node, ...]
    path: tuple[str, ...] = ()
    """Where it is nothing but one variable: its names, to be looked up without Liquid."""

    def plain(self, facts: Mapping[str, Any]) -> str | None:
        """The text of a lone variable that is text, escaped for its place; None where Liquid must be asked."""
        found: Any = facts if self.path else None
        try:
            for name in self.path:
                found = found[name]
        except (LookupError, TypeError):
            return None
        node = self.nodes[0]
        if type(found) is not str or not isinstance(node, PlacedOutput) or node.place is OutputContext.JSON_VALUE:
            return None
        return ESCAPE[node.place](found)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A part, ready to be rendered often: static text and slots in turn."""

    part: str
    pieces: tuple[str | Slot, ...]
    parsed: BoundTemplate
    slots: tuple[Slot, ...] = field(init=False)
    """The slots, in order."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", tuple(piece for piece in self.pieces if isinstance(piece, Slot)))

    def values(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Slot key -> its text for these facts, escaped for its place. Raises TemplateError where a limit is passed."""
        values: dict[str, str] = {}
        context = None
        for slot in self.slots:
            text = slot.plain(facts)
            if text is None:
                context = context or RenderContext(self.parsed, globals=facts)
                text = _render(slot.nodes, context)
            values[slot.key] = text
        return values

    def assemble(self, values: Mapping[str, str]) -> str:
        """The whole part with these values in its slots."""
        return "".join(piece if isinstance(piece, str) else values.get(piece.key, "") for piece in self.pieces)

    def template(self) -> str:
        """The part with each slot standing as its key: for providers that substitute themselves."""
        return "".join(piece if isinstance(piece, str) else piece.key for piece in self.pieces)


def _render(nodes: tuple[Node, ...], context: RenderContext) -> str:
    buffer = StringIO() if isinstance(nodes[0], PlacedOutput) else LimitedStringIO(limit=Language.output_stream_limit)
    try:
        for node in nodes:
            node.render(context, buffer)
    except LiquidError as wrong:
        raise TemplateError(in_words(wrong)) from wrong
    return buffer.getvalue()


def _path(node: Node) -> tuple[str, ...]:
    """The names of a lone variable, as in `{{ customer.city }}`; empty for everything else."""
    expression = node.expression if isinstance(node, PlacedOutput) else None
    if not isinstance(expression, FilteredExpression) or expression.filters or not isinstance(expression.left, Path):
        return ()
    names = tuple(name for name in expression.left.path if isinstance(name, str) and name not in COMPUTED)
    return names if len(names) == len(expression.left.path) else ()


def parse(source: str) -> BoundTemplate:
    """Liquid, parsed. Raises TemplateError in words."""
    try:
        return language().from_string(source)
    except LiquidError as wrong:
        raise TemplateError(in_words(wrong)) from wrong


def compile_part(source: str, place: OutputContext, part: str = "text") -> Compiled:
    """Compile one part. `place` is TEXT, HEADER or HTML (where the place of each variable is found from the tags around it).

    Raises TemplateError for what is not Liquid, or for a variable where none may stand.
    """
    parsed = parse(source)
    set_places(parsed, place)
    static_text = "".join(node.text for node in walk(parsed) if isinstance(node, ContentNode))
    return Compiled(part, tuple(_pieces(parsed, _mark(part, static_text), place)), parsed)


def _mark(part: str, static_text: str) -> str:
    mark = f"%lg-{part}-"
    while mark in static_text:
        mark = f"%{mark}"
    return mark


def _pieces(parsed: BoundTemplate, mark: str, place: OutputContext) -> Iterator[str | Slot]:
    if any(node.token.value in STATEFUL for node in walk(parsed) if not isinstance(node, ContentNode)):
        yield Slot(f"{mark}0%", tuple(parsed.nodes))
        return
    number = 0
    for node in parsed.nodes:
        if isinstance(node, ContentNode):
            yield ESCAPE[place](node.text) if place is OutputContext.HEADER else node.text
        elif node.token.value not in {"comment", "#"}:
            yield Slot(f"{mark}{number}%", (node,), _path(node))
            number += 1


def in_words(wrong: LiquidError) -> str:
    """What Liquid says, as a sentence with the line."""
    said = str(wrong.message).rstrip(".")
    where = wrong.token
    if where is None or where.start_index < 0:
        return f"{said[:1].upper()}{said[1:]}."
    line = where.source.count("\n", 0, where.start_index) + 1
    return f"Line {line}: {said}."
