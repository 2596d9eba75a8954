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
