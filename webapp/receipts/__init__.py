"""The door where providers tell us what became of messages."""

from flask import Blueprint

blueprint = Blueprint("receipts", __name__)

from webapp.receipts import views  # noqa: E402, F401 - views hang themselves on the blueprint
