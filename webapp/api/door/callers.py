"""Who calls, and how often? Keys come as `X-App-Id` with `X-App-Token` (or `X-Management-…`), as a Bearer token, or as Basic sign-in."""

import base64
import uuid

from flask import g, request

from domain.kernel import clock
from domain.workspace.api_keys import authorize
from domain.workspace.api_keys.authorize import Caller, Shown
from domain.workspace.api_keys.limits import CallLimits, Taken
from webapp.api.door.errors import Refusal
from webapp.api.operation import Operation
from webapp.database import db

_limits = CallLimits()
_CHALLENGES: list[str] = ['Bearer realm="Largesse"', 'Basic realm="Largesse", charset="UTF-8"']


def let_in(operation: Operation) -> Caller:
    """Who calls: a good key, from a place it may be used from, within its minute, for what it may do. Raises Refusal."""
    if operation.verb is None:
        return _anybody()
    session = db.session()
    shown = _shown()
    caller = authorize.find(session, shown) if shown else None
    if caller is None:
        details = "Send a key that is still good, as X-App-Id and X-App-Token."
        raise Refusal(401, "unauthorized", "Unauthorized", details, headers={"WWW-Authenticate": _CHALLENGES})
    if not caller.calls_from(request.remote_addr or ""):
        raise Refusal(403, "forbidden_address", "Forbidden", "This key may not be used from your address.")
    taken = _limits.take(session, caller)
    session.commit()  # what was taken counts, and no transaction stays open while a slow body is read
    g.api_headers = _headers(taken, caller)
    if not taken.allowed:
        raise Refusal(429, "too_many_requests", "Too many requests", f"This key may call {taken.limit} times a minute.")
    if operation.verb not in caller.verbs:
        can = " and ".join(sorted(caller.verbs))
        raise Refusal(403, "forbidden", "Forbidden", f"This key may {can}, but not {operation.verb}.")
    return caller


def _anybody() -> Caller:
    """Whoever asks what needs no key."""
    nothing = uuid.UUID(int=0)
    return Caller(nothing, "", "", frozenset(), frozenset({nothing}), (), 0, 0, False, "", clock.now(db.session()), "")


def _headers(taken: Taken, caller: Caller) -> dict[str, str]:
    """What remains of the minute."""
    headers = {
        "X-Rate-Limit-Limit": str(taken.limit),
        "X-Rate-Limit-Remaining": str(max(0, taken.remaining)),
        "X-Rate-Limit-Retry": str(int(taken.anew_at.timestamp())),
        "X-Rate-Limit-Type": "api_calls",
    }
    if not taken.allowed:
        headers["Retry-After"] = str(max(1, int((taken.anew_at - caller.now).total_seconds())))
    return headers


def _shown() -> Shown | None:
    for kind in ("App", "Management"):
        if token := request.headers.get(f"X-{kind}-Token"):
            return Shown(token, request.headers.get(f"X-{kind}-Id", ""))
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
    except ValueError:  # no Base64, no ASCII or no UTF-8
        return None
    return Shown(token, app_id)
