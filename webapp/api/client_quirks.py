"""What do single clients do differently from the rest? Every concession to one of them stands here, with its name."""

import ast
from typing import Any

from flask import request


def is_form(body: bytes, kind: str) -> bool:
    """Braze posts forms and calls them JSON, and curl posts JSON and calls it a form: the body decides, not its label."""
    return body[:1] not in {b"{", b"["} and (b"=" in body or not kind.endswith("json"))


def channel(name: str) -> str:
    """The official Python client raises for any other channel than `API` in the answer to a publication."""
    return "API" if _is_python() else name


def without_unset(query: dict[str, Any]) -> dict[str, Any]:
    """The official Python client writes what was not set inside an object as the text `None`: `customer[name]=None`."""
    return {name: _set(value) for name, value in query.items()} if _is_python() else query


def _set(value: Any) -> Any:
    return {name: _set(inner) for name, inner in value.items() if inner != "None"} if isinstance(value, dict) else value


def _is_python() -> bool:
    return request.headers.get("X-Voucherify-Channel") == "Python-SDK"


def is_absent(text: object) -> bool:
    """The official Python client writes a filter it does not use as the text `None`."""
    return text == "None"


def written_as_list(text: str) -> list[str] | None:
    """The official Python client writes the values of a filter as the text of a list, `['a', 'b']`; None where this is no such text."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        values = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return [str(value) for value in values] if all(isinstance(value, str | int | float) for value in values) else None
