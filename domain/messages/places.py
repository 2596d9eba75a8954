"""Where does each variable of a part stand? Found from the HTML before it, piece by piece."""

import re
from collections.abc import Iterator

from liquid import BoundTemplate
from liquid.ast import Node
from liquid.builtin.content import ContentNode

from domain.messages.escaping import OutputContext
from domain.messages.language import PlacedOutput, children

_ADDRESSES = frozenset({"href", "src", "action", "formaction", "background", "poster", "cite", "xlink:href"})
_FORBIDDEN = frozenset({"style", "srcdoc", "srcset"})
_RAW = frozenset({"script", "style", "title", "textarea", "iframe", "noscript", "xmp", "template", "svg", "math", "object", "embed"})
_START = re.compile(r"<(!--|/?[a-zA-Z][^\s/>]*|[!?/])")
_NAME = re.compile(r"[^\s=>\"'/]+")


class Position:
    """Reads HTML piece by piece and knows, between two pieces, where a value would stand.

    A small part of the HTML tokeniser: enough to tell text, quoted attribute values and everything where no value may stand.
    """

    def __init__(self) -> None:
        self._inside = "text"
        self._raw = ""
        self._tag = ""
        self._attribute = ""
        self._value = ""
        self._quote = ""

    def feed(self, piece: str) -> None:
        """Read on over static text."""
        at = 0
        while at < len(piece):
            at = getattr(self, f"_in_{self._inside}")(piece, at)

    def value(self) -> None:
        """A slot stands here: an attribute it stands in is no longer at its beginning."""
        self._value += "x"

    def place(self) -> OutputContext | str:
        """Where a value would stand now, or a sentence that says why none may."""
        match self._inside:
            case "text":
                return OutputContext.HTML
            case "raw":
                return f"A variable cannot stand inside <{self._raw}>."
            case "comment":
                return "A variable cannot stand inside a comment."
            case "quoted":
                return self._in_attribute()
            case _:
                return "Inside a tag, a variable must stand between the quotes of an attribute."

    def _in_attribute(self) -> OutputContext | str:
        if self._attribute.startswith("on") or self._attribute in _FORBIDDEN:
            return f"A variable cannot stand in the attribute {self._attribute}."
        if self._attribute in _ADDRESSES:
            return OutputContext.URL_PART if self._value.strip() else OutputContext.URL
        return OutputContext.ATTRIBUTE

    def _in_text(self, piece: str, at: int) -> int:
        found = _START.search(piece, at)
        if found is None:
            return len(piece)
        name = found[1].lower()
        self._inside, self._tag = ("comment", "") if name == "!--" else ("tag", name)
        return found.end()

    def _in_comment(self, piece: str, at: int) -> int:
        end = piece.find("-->", at)
        if end < 0:
            return len(piece)
        self._inside = "text"
        return end + 3

    def _in_raw(self, piece: str, at: int) -> int:
        end = piece.lower().find(f"</{self._raw}", at)
        if end < 0:
            return len(piece)
        self._inside, self._tag = "tag", f"/{self._raw}"
        return end + len(self._raw) + 2

    def _in_tag(self, piece: str, at: int) -> int:
        if piece[at] == ">":
            self._inside, self._raw = ("raw", self._tag) if self._tag in _RAW else ("text", "")
            return at + 1
        name = _NAME.match(piece, at)
        if name is None:
            return at + 1
        self._inside, self._attribute = "named", name[0].lower()
        return name.end()

    def _in_named(self, piece: str, at: int) -> int:
        if piece[at].isspace():
            return at + 1
        self._inside = "equals" if piece[at] == "=" else "tag"
        return at + (piece[at] == "=")

    def _in_equals(self, piece: str, at: int) -> int:
        if piece[at].isspace():
            return at + 1
        self._value, self._quote = "", piece[at]
        quoted = piece[at] in "\"'"
        self._inside = "quoted" if quoted else "bare"
        return at + quoted

    def _in_quoted(self, piece: str, at: int) -> int:
        end = piece.find(self._quote, at)
        self._value += piece[at : end if end >= 0 else len(piece)]
        if end < 0:
            return len(piece)
        self._inside = "tag"
        return end + 1

    def _in_bare(self, piece: str, at: int) -> int:
        if piece[at].isspace() or piece[at] == ">":
            self._inside = "tag"
            return at
        return at + 1


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


def set_places(parsed: BoundTemplate, place: OutputContext) -> None:
    """Tell every output where it stands. Raises TemplateError where a variable may not stand.

    What is captured stays as it is, and is escaped as a whole where the captured text is put out.
    """
    position = Position()
    captured = {id(inner) for node in walk(parsed) if node.token.value == "capture" for inner in _inside(node, parsed)}
    for node in walk(parsed):
        if id(node) in captured:
            continue
        if isinstance(node, ContentNode):
            position.feed(node.text if place is OutputContext.HTML else "")
        elif isinstance(node, PlacedOutput):
            found = position.place() if place is OutputContext.HTML else place
            if not isinstance(found, OutputContext):
                raise TemplateError(f"{found} Look at {node}.")
            node.place = found
            position.value()
