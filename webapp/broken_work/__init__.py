"""Settings, Broken work: what broke alone and is passed over, and what a person decides about it."""

from flask import Blueprint

blueprint = Blueprint("broken_work", __name__, url_prefix="/settings/broken-work")

from webapp.broken_work import views  # noqa: E402, F401 - views hang themselves on the blueprint
