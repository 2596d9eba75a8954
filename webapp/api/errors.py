"""How does the API say no? With Voucherify's envelope: `code`, `key`, `message`, `details`, `request_id`."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

import logs
from webapp import security
from webapp.access import public
from webapp.database import db

log = logs.log(__name__)


class Refusal(Exception):
    """The call cannot be done. `key` is Voucherify's word for it; `details` tells a person what to change."""

    def __init__(self, code: int, key: str, message: str, details: str = "", **more: str) -> None:
        super().__init__(message)
        self.code, self.key, self.message, self.details, self.more = code, key, message, details, more


def not_found(kind: str, named: str) -> Refusal:
    """There is no such thing."""
    return Refusal(404, "not_found", "Resource not found", f"Cannot find {kind} with id {named}", resource_id=named, resource_type=kind)


def wrong(key: str, details: str) -> Refusal:
    """What was sent cannot be used."""
    return Refusal(400, key, "Bad request", details)


def register(blueprint: Blueprint) -> None:
    """Answer every failure below /v1 as JSON."""
    blueprint.add_url_rule("/<path:rest>", "nothing", _nothing, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    blueprint.register_error_handler(Refusal, _refused)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _broke)


@public
def _nothing(rest: str) -> Response:
    raise Refusal(404, "not_found", "Resource not found", f"There is no such call: {request.method} /v1/{rest}")


def answer(refusal: Refusal) -> Response:
    """The refusal as it is sent."""
    body: dict[str, Any] = {"code": refusal.code, "key": refusal.key, "message": refusal.message, "details": refusal.details}
    response = jsonify(body | {"request_id": f"v-{security.reference()}"} | refusal.more)
    response.status_code = refusal.code
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _refused(refusal: Refusal) -> Response:
    db.session.rollback()
    return answer(refusal)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    return answer(Refusal(code, error.name.lower().replace(" ", "_"), error.name, error.description or ""))


def _broke(error: Exception) -> Response:
    log.error("a call of the API broke", exc_info=error)
    db.session.rollback()
    return answer(
        Refusal(500, "internal_error", "This did not work, and it is our fault", "Ask again; nothing was given that you were not told.")
    )
