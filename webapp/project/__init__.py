"""Settings, Project: whose messages these are."""

from flask import Blueprint

blueprint = Blueprint("project", __name__, url_prefix="/settings")

from webapp.project import mail_look, retention, senders, views  # noqa: E402, F401 - views hang themselves on the blueprint
