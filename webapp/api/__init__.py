"""The JSON API under /v1, for programs: what a customer can redeem, and codes on request. Shapes and errors are Voucherify's."""

from flask import Blueprint

from webapp.security import csrf

blueprint = Blueprint("api", __name__, url_prefix="/v1")
csrf.exempt(blueprint)  # callers show a key, never a cookie

from webapp.api import errors, keys, publications, redeemables  # noqa: E402 - they register on the blueprint

blueprint.before_request(keys.let_in)
blueprint.after_request(keys.say_what_is_left)
errors.register(blueprint)

__all__ = ["blueprint", "publications", "redeemables"]
