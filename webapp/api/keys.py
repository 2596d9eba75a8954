"""Who calls, and how often? Keys come as `X-App-Id` with `X-App-Token`, as a Bearer token, or as Basic sign-in."""

import base64
import binascii
from typing import cast

from flask import Response, g, request

from domain.kernel import clock
from domain.tables.workspace import ApiKey
from domain.workspace.api_keys import authorize
from domain.workspace.api_keys.authorize import Shown, Taken
from webapp.api import errors
from webapp.api.errors import Refusal
from webapp.database import db


def let_in() -> Response | None:
    """Before every call: a good key, from a place it may be used from, within its minute."""
    session = db.session()
    shown = _shown()
    key = authorize.find(session, shown) if shown else None
    if key is None:
        return errors.answer(Refusal(401, "unauthorized", "Unauthorized", "Send a key that is still good, as X-App-Id and X-App-Token."))
    if not authorize.from_here(key, request.remote_addr or ""):
        return errors.answer(Refusal(403, "forbidden_address", "Forbidden", "This key may not be used from your address."))
    g.api_key = key
    taken = g.api_taken = authorize.take(session, key, "minute", key.per_minute)
    key.last_used_at = clock.now(session)
    session.commit()
    if not taken.allowed:
        return errors.answer(Refusal(429, "too_many_requests", "Too many requests", f"This key may call {key.per_minute} times a minute."))
    return None


def may(verb: str) -> ApiKey:
    """The key of this call. Raises Refusal where it may not `verb`."""
    key = cast(ApiKey, g.api_key)
    if verb not in key.verbs:
        raise Refusal(403, "forbidden", "Forbidden", f"This key may {' and '.join(key.verbs)}, but not {verb}.")
    return key


def say_what_is_left(response: Response) -> Response:
    """After every call: what remains of the minute, and that nobody keeps the answer."""
    taken: Taken | None = g.get("api_taken")
    if taken is not None:
        response.headers["X-Rate-Limit-Limit"] = str(taken.limit)
        response.headers["X-Rate-Limit-Remaining"] = str(max(0, taken.remaining))
        response.headers["X-Rate-Limit-Retry"] = str(int(taken.anew_at.timestamp()))
        response.headers["X-Rate-Limit-Type"] = "api_calls"
        if not taken.allowed:
            response.headers["Retry-After"] = str(max(1, int((taken.anew_at - clock.now(db.session())).total_seconds())))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _shown() -> Shown | None:
    token = request.headers.get("X-App-Token")
    if token:
        return Shown(token, request.headers.get("X-App-Id", ""))
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return Shown(rest.strip())
        case "basic":
            return _basic(rest.strip())
        case _:
            return None


def _basic(text: str) -> Shown | None:
    try:
        app_id, _, token = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Shown(token, app_id)
