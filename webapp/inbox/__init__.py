"""The sandbox inbox: mails, text messages and webhook bodies that never left."""

from flask import Blueprint

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")

from webapp.inbox import views  # noqa: E402, F401 - views hang themselves on the blueprint
