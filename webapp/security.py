"""What may a page do? Headers that forbid everything we do not use, a token in every form, and a reference for every request."""

import functools
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Flask, Response, g, request, request_started
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.exceptions import MethodNotAllowed

import settings

View = TypeVar("View", bound=Callable[..., Any])


csrf = CSRFProtect()
"""`@csrf.exempt` is for doors that prove the caller otherwise (receipts with a signature, one-click unsubscribe)."""

POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FRAMED = (
    "default-src 'none'; img-src 'self' data: https:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
"""For the page inside a preview frame: a customer's mail, without scripts. Set it with `framed(response)`."""

MEASURED = (
    "default-src 'none'; img-src 'self' data: https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""For the mail on the canvas of the editor, measured from outside; nothing in it runs either. Set it with `measured(response)`."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def init_app(app: Flask) -> None:
    """Set up the token of forms, the reference and the headers.

    The reference comes before everything that may refuse: a thread keeps the one of its last request until then.
    """
    request_started.connect(_refer, app)
    csrf.init_app(app)
    app.after_request(_guard)


def framed(response: Response) -> Response:
    """Let this response stand in a frame of ours, as a preview without scripts."""
    response.headers["Content-Security-Policy"] = FRAMED
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def measured(response: Response) -> Response:
    """Let this response stand in a frame of ours that runs no script and whose outlines the page around it may read."""
    response.headers["Content-Security-Policy"] = MEASURED
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def written_down(view: View) -> View:
    """This GET hands out data of customers and leaves a line in the audit trail. A HEAD, which hands out nothing, is not answered."""

    @functools.wraps(view)
    def answered(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if request.environ["REQUEST_METHOD"] == "HEAD":
            raise MethodNotAllowed(["GET"])
        answer: ResponseReturnValue = view(*args, **kwargs)
        return answer

    answered.written_down = True  # type: ignore[attr-defined] # a mark of views, asked for by its name
    return answered  # type: ignore[return-value] # of the same signature


def reference() -> str:
    """What an error page shows and the log line carries: `7F3K-21PX`."""
    word: str = g.get("reference", "")
    if not word:
        word = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        word = g.reference = f"{word[:4]}-{word[4:]}"
    return word


def _refer(_app: Flask, **_more: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=reference(), door=request.endpoint or "")


def _guard(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = reference()
    if settings.current().https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
