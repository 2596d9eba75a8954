"""Settings, People: who works here, what they may do, and their one-time links."""

from flask import Blueprint

blueprint = Blueprint("people", __name__, url_prefix="/settings/people")

from webapp.people import views  # noqa: E402, F401 - views hang themselves on the blueprint
