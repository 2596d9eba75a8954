"""Orders: the list of them, and the page of each with its items, its story and what it started."""

from flask import Blueprint

blueprint = Blueprint("orders", __name__, url_prefix="/orders")

from webapp.orders import imports, views  # noqa: E402, F401 - views hang themselves on the blueprint
