"""Settings, API keys: which programs may ask for codes, and what to paste into each platform."""

from flask import Blueprint

blueprint = Blueprint("api_keys", __name__, url_prefix="/settings/keys")

from webapp.api_keys import views  # noqa: E402, F401 - views hang themselves on the blueprint
