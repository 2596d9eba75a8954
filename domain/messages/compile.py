"""A part of a message, compiled once: static pieces, and slots that are rendered for each recipient.

A slot is a `{{ variable }}` or a whole `{% if %}…{% endif %}` at the top level. Where a part assigns or captures, what is rendered
later depends on what was rendered before: then the whole part is one slot.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from liquid import BoundTemplate, Token
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.expression import Expression
from liquid.output import LimitedStringIO

from domain.messages.liquid.escaping import ESCAPE, OutputContext
from domain.messages.liquid.language import STATEFUL, PlacedOutput, language
from domain.messages.liquid.limits import BROKEN, LONGEST_LIST, LONGEST_PART, BoundedRange, Budget, CannotRender, CountedContext
from domain.messages.liquid.places import TemplateError, set_places, walk, where

PLAIN = (str, int, float, datetime.date)
"""Types of values that are written as they are."""
COMPUTED = frozenset({"size", "first", "last"})
"""Names that Liquid works out where the value has none of that name."""


MOST_TAGS = 5_000
"""Variables and tags of one part."""
LONGEST_TAG = 5_000
"""Characters between its braces."""
MOST_BRACKETS = 50
"""Of one of them; the library reads what is inside of brackets by calling itself."""
_OPEN = re.compile(r"(\{\{|\{%)-?\s{0,99}(\w*)")
_CLOSE = {"{{": "}}", "{%": "%}"}
WORDS = {
    "unexpected liquid parsing error": "this is nested too deeply to be read",
    "block nesting limit reached": "blocks are nested too deeply",
    "maximum context depth reached, possible recursive include": "loops are nested too deeply",
    "loop iteration limit reached": f"loops run {LONGEST_LIST:,} times at most, those inside of each other multiplied",
    "local namespace limit reached": "too much is assigned and captured",
    "output stream limit reached": f"this becomes longer than {LONGEST_PART // 1024} kB",
}
"""What the library says -> what it means."""
_UNKNOWN = re.compile(r"(?:unexpected|unknown) (tag|filter) '(.*)'")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Liquid, parsed. `price`: the steps of each of its nodes when it runs."""

    template: BoundTemplate
    price: int


@dataclass(frozen=True, slots=True)
class Slot:
    """What differs from recipient to recipient. `key` is unique within the message and cannot occur in its static text."""

    key: str
    nodes: tuple[Node, ...]
    path: tuple[str, ...] = ()
    """Where it is nothing but one variable: its names, to be looked up without Liquid."""

    def plain(self, facts: Mapping[str, Any]) -> str | None:
        """The text of a lone variable that is text, a number or a date, for its place; None where Liquid must be asked."""
        found: Any = facts if self.path else None
        try:
            for name in self.path:
                found = found[name]
        except (LookupError, TypeError):
            return None
        node = self.nodes[0]
        if not isinstance(found, PLAIN) or not isinstance(node, PlacedOutput):
            return None
        return ESCAPE[node.place](found) if type(found) is str and node.place is not OutputContext.JSON_VALUE else node.text(found, facts)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A part, ready to be rendered often: static text and slots in turn."""

    part: str
    pieces: tuple[str | Slot, ...]
    parsed: Parsed
    slots: tuple[Slot, ...] = field(init=False)
    """The slots, in order."""
    fixed: int = field(init=False)
    """Bytes of the static text."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", tuple(piece for piece in self.pieces if isinstance(piece, Slot)))
        object.__setattr__(self, "fixed", sum(len(piece.encode()) for piece in self.pieces if isinstance(piece, str)))

    def values(self, facts: Mapping[str, Any], budget: Budget | None = None) -> dict[str, str]:
        """Slot key -> its text for these facts, escaped for its place. Raises TemplateError where a limit is passed.

        `budget`: what is left for the part, where this is a piece of one.
        """
        budget = budget or Budget()
        budget.room -= self.fixed
        values: dict[str, str] = {}
        context = None
        try:
            for slot in self.slots:
                text = slot.plain(facts)
                if text is None:
                    context = context or CountedContext(self.parsed.template, facts, budget, self.parsed.price)
                    text = _render(slot.nodes, context)
                budget.room -= len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
                values[slot.key] = text
            budget.write("")
        except LiquidError as wrong:
            wrong.token = wrong.token or slot.nodes[0].token
            raise TemplateError(in_words(wrong)) from wrong
        return values

    def assemble(self, values: Mapping[str, str]) -> str:
        """The whole part with these values in its slots."""
        return "".join(piece if isinstance(piece, str) else values.get(piece.key, "") for piece in self.pieces)

    def template(self) -> str:
        """The part with each slot standing as its key: for providers that substitute themselves."""
        return "".join(piece if isinstance(piece, str) else piece.key for piece in self.pieces)


def _render(nodes: tuple[Node, ...], context: CountedContext) -> str:
    buffer = StringIO() if isinstance(nodes[0], PlacedOutput) else LimitedStringIO(limit=LONGEST_PART)
    node = nodes[0]
    try:
        for node in nodes:
            node.render(context, buffer)
    except (CannotRender, ResourceLimitError) as wrong:
        wrong.token = wrong.token or node.token
        raise
    except (LiquidError, *BROKEN) as why:  # what these say may hold a customer's data
        found = getattr(why, "token", None) or node.token
        raise LiquidError("this cannot be worked out for every customer", token=found) from why
    return buffer.getvalue()


def _path(node: Node) -> tuple[str, ...]:
    """The names of a lone variable, as in `{{ customer.city }}`; empty for everything else."""
    expression = node.expression if isinstance(node, PlacedOutput) else None
    if not isinstance(expression, FilteredExpression) or expression.filters or not isinstance(expression.left, Path):
        return ()
    names = tuple(name for name in expression.left.path if isinstance(name, str) and name not in COMPUTED)
    return names if len(names) == len(expression.left.path) else ()


def parse(source: str) -> Parsed:
    """Liquid, parsed, with the limits of a message. Raises TemplateError in words."""
    _closed(source)
    try:
        template = language().from_string(source)
    except LiquidError as wrong:
        raise TemplateError(in_words(wrong)) from wrong
    heaviest = max((sum(map(_bounded, node.expressions())) for node in walk(template)), default=0)
    return Parsed(template, 1 + heaviest // 10)


def _closed(source: str) -> None:
    """Refuse what would keep the library's reader busy: tags without an end, very long ones, very many."""
    at, count = 0, 0
    while found := _OPEN.search(source, at):
        count += 1
        end = source.find(_CLOSE[found[1]], found.end(), found.end() + LONGEST_TAG)
        token = Token(found[1], found[0], found.start(), source)
        if end < 0:
            raise TemplateError(
                f"{where(token)}{found[1]} has no {_CLOSE[found[1]]}, or one that is more than {LONGEST_TAG:,} characters away."
            )
        if count > MOST_TAGS:
            raise TemplateError(f"{where(token)}a part may have {MOST_TAGS:,} variables and tags at most.")
        if source.count("[", found.end(), end) > MOST_BRACKETS:
            raise TemplateError(f"{where(token)}this has more than {MOST_BRACKETS} brackets.")
        if found[2] in {"raw", "doc"}:
            raise TemplateError(f"{where(token)}{{% {found[2]} %}} cannot be used in messages.")
        at = end


def _bounded(expression: Expression) -> int:
    """Bound the ranges of an expression; how many pieces it has."""
    if type(expression) is RangeLiteral:
        expression.__class__ = BoundedRange
    return 1 + sum(map(_bounded, expression.children()))


def compile_part(source: str, place: OutputContext, part: str = "text") -> Compiled:
    """Compile one part. `place` is TEXT, HEADER or HTML (where the place of each variable is found from the tags around it).

    Raises TemplateError for what is not Liquid, or for a variable where none may stand.
    """
    parsed = parse(source)
    set_places(parsed.template, place)
    static_text = "".join(node.text for node in walk(parsed.template) if isinstance(node, ContentNode))
    return Compiled(part, tuple(_pieces(parsed.template, _mark(part, static_text))), parsed)


def _mark(part: str, static_text: str) -> str:
    mark = f"%lg-{part}-"
    while mark in static_text:
        mark = f"%{mark}"
    return mark


def _pieces(parsed: BoundTemplate, mark: str) -> Iterator[str | Slot]:
    if any(node.token.value in STATEFUL for node in walk(parsed) if not isinstance(node, ContentNode)):
        yield Slot(f"{mark}0%", tuple(parsed.nodes))
        return
    number = 0
    for node in parsed.nodes:
        if isinstance(node, ContentNode):
            yield node.text
        elif node.token.value not in {"comment", "#"}:
            yield Slot(f"{mark}{number}%", (node,), _path(node))
            number += 1


def in_words(wrong: LiquidError) -> str:
    """What Liquid says, as a sentence with line and column."""
    said = WORDS.get(str(wrong.message), str(wrong.message)).rstrip(".")
    if unknown := _UNKNOWN.fullmatch(said):
        said = f"there is no {unknown[1]} “{unknown[2]}” in messages"
    found = where(wrong.token)
    return f"{found}{said}." if found else f"{said[:1].upper()}{said[1:]}."
