"""Coming in and going out: sign-in, sign-out, one-time links."""

from flask import Blueprint

blueprint = Blueprint("auth", __name__)

from webapp.auth import views  # noqa: E402, F401 - views hang themselves on the blueprint
