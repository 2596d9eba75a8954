"""Where customers say no: the pages behind the links in their messages."""

from flask import Blueprint

blueprint = Blueprint("unsubscribe", __name__)

from webapp.unsubscribe import views  # noqa: E402, F401 - views need the blueprint
