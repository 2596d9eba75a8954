"""Segments: who is in, how many, how current, what changed; and the builder of conditions that other pages include."""

from flask import Blueprint

blueprint = Blueprint("segments", __name__, url_prefix="/segments")

from webapp.segments import building, commands, lists, views  # noqa: E402, F401 - views hang themselves on the blueprint
