"""Where does each variable of a part stand? Found from the HTML before it, piece by piece."""

from collections.abc import Iterable, Iterator
from typing import Any

from liquid import BoundTemplate, Token
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode

from domain.messages.liquid.escaping import ESCAPE, OutputContext
from domain.messages.liquid.language import Placed, children
from domain.messages.liquid.position import Position


class TemplateError(ValueError):
    """The part cannot be compiled or rendered; the text is for the marketer."""


def walk(parsed: BoundTemplate) -> Iterator[Node]:
    """Every node of a template, in the order in which they are written."""
    for node in parsed.nodes:
        yield node
        yield from _inside(node, parsed)


def _inside(node: Node, parsed: BoundTemplate) -> Iterator[Node]:
    for child in children(node, parsed):
        yield child
        yield from _inside(child, parsed)


def where(token: Token | None) -> str:
    """`Line 3, column 12: `; empty where nobody knows."""
    if token is None or token.start_index < 0:
        return ""
    before = token.source[: token.start_index]
    return f"Line {before.count(chr(10)) + 1}, column {token.start_index - before.rfind(chr(10))}: "


def set_places(parsed: BoundTemplate, place: OutputContext) -> None:
    """Tell everything that writes where it stands. Raises TemplateError where a variable may not stand.

    What is captured stays as it is, and is escaped as a whole where the captured text is put out.
    """
    _Placing(parsed, place).read(parsed.nodes, Position())


BRANCHES = frozenset({"if", "unless", "case", "for"})
SILENT = frozenset({"assign", "comment", "#"})


class _Placing:
    """Reads the nodes of one part in the order in which a mail program will see what they write."""

    def __init__(self, parsed: BoundTemplate, place: OutputContext) -> None:
        self.parsed, self.part = parsed, place
        self.loops: list[Position] = []

    def read(self, nodes: Iterable[Node], at: Position) -> None:
        """Place these nodes, one after the other, from `at` on."""
        for node in nodes:
            self._read(node, at)

    def _read(self, node: Node, at: Position) -> None:
        name = node.token.value
        if isinstance(node, ContentNode):
            at.feed(node.text if self.part is OutputContext.HTML else "")
            if self.part in {OutputContext.HEADER, OutputContext.JSON}:
                node.text = ESCAPE[self.part](node.text)
        elif isinstance(node, Placed):
            self._place(node, at)
        elif isinstance(node, BreakNode | ContinueNode):
            if not self.loops:
                raise TemplateError(f"{where(node.token)}{{% {name} %}} stands outside of a loop.")
            if not self.loops[-1].branch().meets(at):
                raise TemplateError(f"{where(node.token)}{{% {name} %}} stands inside a tag or attribute that its loop did not begin in.")
        elif name in BRANCHES:
            self._branch(node, at)
        elif name not in SILENT and name != "capture":
            raise TemplateError(f"{where(node.token)}{{% {name} %}} cannot be used in messages.")

    def _place(self, node: Placed, at: Position) -> None:
        found = at.place() if self.part is OutputContext.HTML else self.part
        if not isinstance(found, OutputContext):
            raise TemplateError(f"{where(node.token)}{found} Look at {node}.")
        node.place = found
        at.value()

    def _branch(self, node: Node, at: Position) -> None:
        """Every way through it must end at the same place of the HTML, for what follows stands there."""
        name = node.token.value
        complete = name in {"if", "unless"} and getattr(node, "default", None) is not None  # of a case, several ways may be taken, or none
        ends = [] if complete else [at.branch()]
        self.loops += [at.branch()] if name == "for" else []
        for way in children(node, self.parsed):
            end = at.branch()
            block: Any = getattr(way, "block", way)
            self.read(block.nodes, end)
            ends.append(end)
        del self.loops[len(self.loops) - (name == "for") :]
        for end in ends[1:]:
            if not ends[0].meets(end):
                raise TemplateError(
                    f"{where(node.token)}{{% {name} %}} opens or closes a tag or an attribute in one of its ways and not in another; "
                    "put the whole tag into each of them."
                )
        vars(at).update(vars(ends[0]))
