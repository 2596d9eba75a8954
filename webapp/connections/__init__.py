"""Connections: which providers there are, whether they work, and how they are set up."""

from flask import Blueprint

blueprint = Blueprint("connections", __name__, url_prefix="/connections")

from webapp.connections import views  # noqa: E402, F401 - views hang themselves on the blueprint
