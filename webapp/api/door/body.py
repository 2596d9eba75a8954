"""What was sent? JSON or a form: the same nested values from both, read no further than an operation allows."""

from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from integrations import outside_json
from webapp.api import client_quirks
from webapp.api.door.errors import Refusal, shortened, wrong
from webapp.api.door.query import nested, pairs

FORM = "application/x-www-form-urlencoded"


def sent(limit: int, listed: str = "") -> dict[str, Any]:
    """The body as nested values; `limit` is in bytes, counted while it is read. An array stands under `listed`. Raises Refusal."""
    request.max_content_length = limit + 1  # Werkzeug cuts a stream off at its limit without a word: one byte more tells
    raw = _read()
    if len(raw) > limit:
        raise RequestEntityTooLarge(f"The body may have {limit // 1024} kB.")
    raw = raw.strip()
    if not raw:
        return {}
    kind = request.mimetype
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _unsupported("Send the body uncompressed.")
    if kind not in {"", FORM, "application/json"} and not kind.endswith("+json"):
        raise _unsupported(f"Send the body as application/json or {FORM}.")
    if client_quirks.is_form(raw, kind):
        return nested(pairs(raw, "form"))
    return _json(raw, listed)


def _read() -> bytes:
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise
    except Exception as broken:  # every web server has errors of its own for chunks that are none, and for a peer that hangs up
        raise wrong("invalid_payload", "The body could not be read to its end: its chunks or its length are wrong.") from broken


def _unsupported(details: str) -> Refusal:
    return Refusal(415, "unsupported_media_type", "Unsupported media type", details)


def _json(raw: bytes, listed: str) -> dict[str, Any]:
    try:
        body = outside_json.read(raw.decode("utf-8"))
    except UnicodeDecodeError as broken:
        raise wrong("invalid_payload", "The body is not UTF-8.") from broken
    except outside_json.TooDeep as deep:
        raise wrong("invalid_payload", f"{shortened(deep.inside) or 'The body'} is nested deeper than {outside_json.DEEPEST}.") from deep
    except ValueError as broken:
        raise wrong("invalid_payload", f"The body is not JSON: {broken}.") from broken
    if listed and isinstance(body, list):
        return {listed: body}
    if not isinstance(body, dict):
        raise wrong("invalid_payload", "The body must be a JSON object.")
    return body
