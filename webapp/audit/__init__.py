"""Settings, Audit: who did what, when, and what it was before."""

from flask import Blueprint

blueprint = Blueprint("audit", __name__, url_prefix="/settings/audit")

from webapp.audit import views  # noqa: E402, F401 - views hang themselves on the blueprint
