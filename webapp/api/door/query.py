"""What was asked? A query string or a form with `campaign[name]=…` as nested values."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from flask import request

from integrations import outside_json
from webapp.api import client_quirks
from webapp.api.door.errors import wrong

_KEYS = re.compile(r"\[([^\]]*)\]")
MOST = 5_000
"""Values in one query or form: a filter may name a thousand things, several times."""
REPEATED = "filters"
"""The one name whose values may be given several times; of others the last one wins."""


def sent() -> dict[str, Any]:
    """The query string as nested values. Raises Refusal."""
    return client_quirks.without_unset(nested(pairs(request.query_string, "query string")))


def pairs(text: bytes, what: str) -> list[tuple[str, str]]:
    """The names and values of `what`; bytes that are no UTF-8 become halves of a pair, which the checks refuse by name. Raises Refusal."""
    try:
        written = text.decode(errors="surrogateescape")
        return parse_qsl(written, keep_blank_values=True, errors="surrogateescape", max_num_fields=MOST)
    except ValueError as many:
        raise wrong("query_too_large", f"The {what} may have {MOST:,} values.") from many


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][c]=1` -> `{"a": {"b": {"c": "1"}}}`."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head = name.partition("[")[0]
        path = [head, *_KEYS.findall(name[len(head) :])]
        if path[-1] == "" and len(path) > 1:
            path.pop()
        path = path[: outside_json.DEEPEST + 1]  # one too many: the checks refuse it by its name
        at = tree
        for key in path[:-1]:
            inner = at.get(key)
            at[key] = at = inner if isinstance(inner, dict) else {}
        again = at.get(path[-1]) if head == REPEATED else None
        at[path[-1]] = value if again is None else [*(again if isinstance(again, list) else [again]), value]
    return tree
