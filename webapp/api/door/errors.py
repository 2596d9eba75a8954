"""How does the API say no? With Voucherify's envelope: `code`, `key`, `message`, `details`, `request_id`."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel
from sqlalchemy.exc import DataError, StatementError
from werkzeug.exceptions import HTTPException

import logs
from domain.journal.trouble import is_trouble
from webapp import security
from webapp.database import db

log = logs.log(__name__)

BUSY = 5
"""Seconds after which a program asks again while the database is away, full or busy."""


class ApiError(BaseModel):
    """Every answer but a good one."""

    code: int
    key: str
    message: str
    details: str
    request_id: str
    resource_id: str | None = None
    resource_type: str | None = None
    error: dict[str, str] | None = None
    """`message`: what a customer may be told."""


class Refusal(Exception):
    """The call cannot be done. `key` is Voucherify's word for it; `details` tells a person what to change."""

    def __init__(
        self,
        code: int,
        key: str,
        message: str,
        details: str = "",
        *,
        headers: Mapping[str, str | list[str]] | None = None,
        told: str = "",
        **more: str,
    ) -> None:
        super().__init__(message)
        self.code, self.key, self.message, self.details, self.more = code, key, message, details, more
        self.headers, self.told = headers or {}, told


def not_found(kind: str, named: str, more: str = "") -> Refusal:
    """There is no such thing; `more` says where else to look."""
    named = shortened(named)
    details = ". ".join(filter(None, [f"Cannot find {kind} with id {named}", more]))
    return Refusal(404, "not_found", "Resource not found", details, resource_id=named, resource_type=kind)


def not_found_at(method: str, path: str) -> Refusal:
    """There is nothing at this path."""
    return Refusal(404, "not_found", "Resource not found", f"There is no such call: {method} {shortened(path)}")


def wrong(key: str, details: str) -> Refusal:
    """What was sent cannot be used."""
    return Refusal(400, key, "Bad request", details)


def shortened(text: str) -> str:
    """As much of what was sent as is repeated in an answer."""
    return text if len(text) <= 200 else f"{text[:200]}…"


def register(blueprint: Blueprint) -> None:
    """Answer every failure as JSON."""
    blueprint.register_error_handler(Refusal, _refused)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(DataError, _not_stored)
    blueprint.register_error_handler(Exception, _broke)


def answer(refusal: Refusal) -> Response:
    """The refusal as it is sent."""
    body: dict[str, Any] = {"code": refusal.code, "key": refusal.key, "message": refusal.message, "details": refusal.details}
    told = {"error": {"message": refusal.told}} if refusal.told else {}
    response = jsonify(body | {"request_id": f"v-{security.reference()}"} | refusal.more | told)
    response.status_code = refusal.code
    for name, value in refusal.headers.items():
        response.headers.setlist(name, [value] if isinstance(value, str) else value)
    return response


def _refused(refusal: Refusal) -> Response:
    db.session.rollback()
    return answer(refusal)


def _http(error: HTTPException) -> Response:
    db.session.rollback()
    return answer(Refusal(error.code or 500, error.name.lower().replace(" ", "_"), error.name, error.description or ""))


def _not_stored(error: DataError) -> Response:
    """A value that passed our own checks and that the database cannot hold: the log says which statement."""
    _log("the database refused a value of a call", error)
    db.session.rollback()
    return answer(
        wrong("invalid_payload", "A value cannot be stored. The log of the server says which, under the request_id of this answer.")
    )


def _broke(error: Exception) -> Response:
    """Our fault, unless the database is away, full or busy: that passes, and asking again is the remedy."""
    _log("a call of the API broke", error)
    db.session.rollback()
    if is_trouble(error):
        details = f"The data cannot be reached just now; nothing was changed. Ask again in {BUSY} seconds."
        return answer(Refusal(503, "service_unavailable", "Service unavailable", details, headers={"Retry-After": str(BUSY)}))
    return answer(
        Refusal(500, "internal_error", "This did not work, and it is our fault", "Ask again; nothing was given that you were not told.")
    )


def _log(event: str, error: Exception) -> None:
    """Without the values of the statement: they are people's."""
    if isinstance(error, StatementError):
        error.hide_parameters = True
    log.error(event, exc_info=error)
