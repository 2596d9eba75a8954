"""Where in a page of HTML does a value stand? A small part of a tokeniser, which reads the page in pieces."""

import copy
import re

from domain.messages.liquid.escaping import OutputContext

_ADDRESSES = frozenset({"href", "src", "action", "formaction", "background", "poster", "cite", "xlink:href"})
_FORBIDDEN = frozenset({"style", "srcdoc", "srcset"})
_RAW = frozenset({"script", "style", "title", "textarea", "iframe", "noscript", "xmp", "template", "svg", "math", "object", "embed"})
_START = re.compile(r"<(!--|/?[a-zA-Z][^\s/>]*|[!?/])")
_NAME = re.compile(r"[^\s=>\"'/]+")
_REST = re.compile(r"[^\s/>]+")


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

    def branch(self) -> "Position":
        """The same place, to be read on from by one way through a branch."""
        return copy.copy(self)

    def meets(self, other: "Position") -> bool:
        """Whether another way through a branch ends at the same place; both then go on alike."""
        if self._key() != other._key():
            return False
        self._value = self._value.strip() or other._value
        if other._inside == "started":
            self._inside, self._tag = other._inside, other._tag
        return True

    def _key(self) -> tuple[str, ...]:
        match self._inside:
            case "text" | "comment" | "opened":
                return (self._inside,)
            case "raw":
                return (self._inside, self._raw)
            case "quoted":
                return (self._inside, self._raw_tag(), self._attribute, self._quote)
            case _:
                inside = "tag" if self._inside == "started" else self._inside
                return (inside, self._raw_tag(), self._attribute if inside != "tag" else "")

    def _raw_tag(self) -> str:
        return self._tag if self._tag.lstrip("/") in _RAW else ""

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
            case "opened":
                return "A variable cannot stand right after <."
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
            self._inside = "opened" if piece.endswith("<") else "text"
            return len(piece)
        name = found[1].lower()
        self._inside, self._tag = ("comment", "") if name == "!--" else ("started", name)
        return found.end()

    def _in_opened(self, piece: str, at: int) -> int:
        """The piece before ended with <: this one says whether a tag began there."""
        found = _START.match(f"<{piece[at:]}")
        self._inside = "text"
        if found is not None:
            name = found[1].lower()
            self._inside, self._tag = ("comment", "") if name == "!--" else ("started", name)
            return at + found.end() - 1
        return at

    def _in_started(self, piece: str, at: int) -> int:
        """The name of the tag goes on, where a piece ended in it."""
        rest = _REST.match(piece, at)
        self._inside = "tag"
        if rest is None:
            return at
        self._tag += rest[0].lower()
        return rest.end()

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
        rest = _NAME.match(piece, at)
        if rest is not None:  # the piece before ended in the name
            self._attribute += rest[0].lower()
            return rest.end()
        self._inside = "spaced"
        return at

    def _in_spaced(self, piece: str, at: int) -> int:
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
