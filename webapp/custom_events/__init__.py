"""Custom events: which programs may report, and what each says."""

from flask import Blueprint

blueprint = Blueprint("custom_events", __name__, url_prefix="/settings/events")

from webapp.custom_events import views  # noqa: E402, F401 - views hang themselves on the blueprint
