"""Go anywhere: pages, customers, distributions, campaigns and codes by what one remembers of them."""

from flask import Blueprint

blueprint = Blueprint("search", __name__, url_prefix="/search")

from webapp.search import views  # noqa: E402, F401 - views hang themselves on the blueprint
