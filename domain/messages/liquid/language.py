"""The language of messages: Liquid with the tags that make sense in a mail, limits on what a template may cost, and values that are
escaped for the place they stand in.
"""

import datetime
import functools
import json
import math
from collections.abc import Mapping
from io import StringIO
from typing import Any, TextIO

import liquid
from babel import Locale, UnknownLocaleError, dates
from liquid import Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.cycle_tag import CycleNode, CycleTag
from liquid.filter import with_context
from liquid.stringify import to_liquid_string
from liquid.undefined import is_undefined

from domain.kernel.text import money
from domain.messages.liquid.escaping import ESCAPE, OutputContext
from domain.messages.liquid.limits import LONGEST_PART, CannotRender

TAGS = frozenset({"if", "unless", "case", "for", "break", "continue", "assign", "capture", "cycle", "comment", "#"})
"""What a message may use. Partials, `echo`, `liquid`, `raw`, counters and tables are not for messages."""
STATEFUL = frozenset({"assign", "capture", "cycle"})
"""Tags that reach beyond themselves: a part that has one is rendered as a single slot."""
FILTERS = frozenset(
    {
        "abs", "append", "at_least", "at_most", "base64_encode", "base64_url_safe_encode", "capitalize", "ceil", "compact", "concat",
        "date", "default", "divided_by", "downcase", "find", "find_index", "first", "floor", "has", "join", "last", "lstrip", "map",
        "minus", "modulo", "money", "newline_to_br", "plus", "prepend", "reject", "remove", "remove_first", "remove_last", "replace",
        "replace_first", "replace_last", "reverse", "round", "rstrip", "size", "slice", "sort", "sort_natural", "split", "squish", "strip",
        "strip_html", "strip_newlines", "sum", "times", "truncate", "truncatewords", "uniq", "upcase", "url_decode", "url_encode", "where",
    }
)  # fmt: skip
"""What a message may use. None escapes: that is done by place, and a marketer who escapes too would show `&amp;`."""
LONGEST_PATTERN = 100
"""Characters of the pattern of a date."""


@functools.lru_cache(maxsize=4096)
def _day(value: datetime.date, locale: str) -> str:
    try:
        return str(dates.format_date(value, "long", locale=Locale.parse(locale.replace("-", "_"))))
    except (UnknownLocaleError, ValueError):
        return f"{value.day} {value:%B %Y}"


def shown(value: object, locale: str = "en_GB") -> str:
    """A value as a customer reads it: dates in words of their language, whole numbers without a point, nothing for nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime.date):
        return _day(value.date() if isinstance(value, datetime.datetime) else value, locale)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(to_liquid_string(value, autoescape=False))


def as_json(value: object, locale: str = "en_GB") -> str:
    """A value as JSON: numbers, truth and nothing as such, dates as ISO 8601, everything else as a string."""
    if value is None or is_undefined(value):
        return "null"
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return f'"{value.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"'
    if isinstance(value, datetime.date):
        return f'"{value.isoformat()}"'
    return json.dumps(shown(value, locale), ensure_ascii=False)


class PlacedOutput(OutputNode):
    """`{{ … }}` that knows where it stands."""

    __slots__ = ("place",)

    def __init__(self, token: Any, expression: Any) -> None:
        super().__init__(token, expression)
        self.place = OutputContext.TEXT

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the value, escaped for its place."""
        return buffer.write(self.text(self.expression.evaluate(context), context.globals))

    def text(self, value: object, facts: Mapping[str, Any]) -> str:
        """A value as it is written here."""
        locale = str(facts.get("locale") or "en_GB")
        return as_json(value, locale) if self.place is OutputContext.JSON_VALUE else ESCAPE[self.place](shown(value, locale))


class _PlacedOutputTag(Output):
    node_class = PlacedOutput


class PlacedCycle(CycleNode):
    """`{% cycle … %}` that knows where it stands."""

    __slots__ = ("place",)

    def __init__(self, token: Any, group: Any, args: Any) -> None:
        super().__init__(token, group, args)
        self.place = OutputContext.TEXT

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the next of its values, escaped for the place."""
        found = StringIO()
        super().render_to_output(context, found)
        return buffer.write(ESCAPE[self.place](found.getvalue()))


class _PlacedCycleTag(CycleTag):
    node_class = PlacedCycle


Placed = PlacedOutput | PlacedCycle
"""Nodes that write a value."""


def _date(value: object, pattern: object = "%-d %B %Y") -> object:
    """`date: "%d.%m.%Y"` of a date, or of text that holds one. There is no `now`: what is sent later would say something else."""
    if is_undefined(value) or value is None:
        return ""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            return value
    if not isinstance(value, datetime.date):
        return value
    if len(str(pattern)) > LONGEST_PATTERN:
        raise CannotRender("the pattern of a date is too long")
    return value.strftime(str(pattern))


@with_context
def _money(value: object, *, context: RenderContext) -> object:
    """`money` of an amount in minor units, in the project's currency."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return money.shown(int(value), str(context.globals.get("currency") or "EUR"))


class Language(Environment):
    """python-liquid, tightened."""

    loop_iteration_limit = 10_000
    local_namespace_limit = 200_000
    output_stream_limit = LONGEST_PART
    context_depth_limit = 20

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only the tags and filters of a message."""
        super().setup_tags_and_filters(extra=extra)
        kept = {name: tag for name, tag in self.tags.items() if name in TAGS or name in {"content", "output", "illegal"}}
        self.tags.clear()
        self.tags.update(kept)
        self.add_tag(_PlacedOutputTag)
        self.add_tag(_PlacedCycleTag)
        self.add_filter("date", _date)
        self.add_filter("money", _money)
        for name in self.filters.keys() - FILTERS:
            del self.filters[name]


@functools.cache
def language() -> Language:
    """The one environment of this process."""
    return Language(tolerance=liquid.Mode.STRICT, strict_filters=True)


def children(node: Node, template: liquid.BoundTemplate) -> list[Node]:
    """The nodes directly inside a node, in the order in which they are written."""
    return list(node.children(RenderContext(template), include_partials=False))
