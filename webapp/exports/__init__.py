"""Files for programs: /e/<token>.csv is what one asked for by the API, written while it is fetched."""

from flask import Blueprint

blueprint = Blueprint("exports", __name__)

from webapp.exports import views  # noqa: E402, F401 - views hang themselves on the blueprint
