"""Settings: what customers may allow, and who is never written to."""

from flask import Blueprint

blueprint = Blueprint("permissions", __name__, url_prefix="/settings/permissions")

from webapp.permissions import suppressions, views  # noqa: E402, F401 - views need the blueprint
