"""What was sent? JSON, a form, or a query string with `campaign[name]=…`: the same nested values from all three.

Braze posts forms and calls them JSON, so the body decides, not its label.
"""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from flask import request

from webapp.api.errors import wrong

_KEYS = re.compile(r"\[([^\]]*)\]")
LIMIT = 64 * 1024


def sent() -> dict[str, Any]:
    """The body as nested values. Raises Refusal for a body that is neither JSON object nor form."""
    if (request.content_length or 0) > LIMIT:
        raise wrong("invalid_payload", f"The body may have {LIMIT // 1024} kB.")
    raw = request.get_data(cache=True, as_text=True).strip()
    if not raw:
        return nested(request.form.items(multi=True))
    if raw[0] in "{[":
        return _json(raw)
    if "=" in raw:
        return nested(list(request.form.items(multi=True)) or parse_qsl(raw, keep_blank_values=True))
    raise wrong("invalid_payload", "The body is neither a JSON object nor a form.")


def asked() -> dict[str, Any]:
    """The query string as nested values."""
    return nested(request.args.items(multi=True))


def _json(raw: str) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError as broken:
        raise wrong("invalid_payload", f"The body is not JSON: {broken}.") from broken
    if not isinstance(body, dict):
        raise wrong("invalid_payload", "The body must be a JSON object.")
    return body


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][c]=1` -> `{"a": {"b": {"c": "1"}}}`; the last value of a name wins."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head = name.partition("[")[0]
        path = [head, *_KEYS.findall(name[len(head) :])]
        at = tree
        for key in path[:-1]:
            inner = at.get(key)
            at[key] = at = inner if isinstance(inner, dict) else {}
        at[path[-1]] = value
    return tree


def yes(value: object) -> bool:
    """Whether a flag is set, as JSON or as text."""
    return value is True or (isinstance(value, str) and value.lower() in {"true", "1", "yes"})
