"""Home: what goes out now and next, what needs somebody, which pools run low."""

from flask import Blueprint

blueprint = Blueprint("home", __name__)

from webapp.home import views  # noqa: E402, F401 - views hang themselves on the blueprint
