"""Where does a value stand, and how is it made harmless there?

The same name is escaped differently between tags, in an attribute, in an address, in a subject and in JSON. The place is found from the
text around the variable, never left to the marketer.
"""

import enum
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit


class OutputContext(enum.StrEnum):
    """Where a slot stands."""

    TEXT = "text"
    HEADER = "header"
    HTML = "html"
    ATTRIBUTE = "attribute"
    URL = "url"
    """A whole address, or its beginning: its scheme is checked."""
    URL_PART = "url part"
    JSON = "json"
    """Inside a JSON string."""
    JSON_VALUE = "json value"
    """A whole JSON value: a variable alone in its quotes, which keeps its type. `language.as_json` writes it."""


SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")
_PLAIN_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~/?#=%:+-]+")
"""Addresses, as ours are, that need no second look."""
_NOT_PLAIN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029&<>\"']")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def _text(value: str) -> str:
    return _CONTROLS.sub("", value)


def _header(value: str) -> str:
    return _BREAKS.sub(" ", value)


def _html(value: str) -> str:
    return html.escape(_CONTROLS.sub("", value)) if _NOT_PLAIN.search(value) else value


def _url(value: str) -> str:
    if _PLAIN_ADDRESS.fullmatch(value):
        return value
    address = _BREAKS.sub("", value).strip()
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        return "#"
    return html.escape(address) if scheme in SCHEMES else "#"


def _url_part(value: str) -> str:
    return quote(value, safe="")


def _json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


ESCAPE: dict[OutputContext, Callable[[str], str]] = {
    OutputContext.TEXT: _text,
    OutputContext.HEADER: _header,
    OutputContext.HTML: _html,
    OutputContext.ATTRIBUTE: _html,
    OutputContext.URL: _url,
    OutputContext.URL_PART: _url_part,
    OutputContext.JSON: _json,
    OutputContext.JSON_VALUE: json.dumps,
}

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
