"""The first page."""

from flask.typing import ResponseReturnValue

from webapp.access import needs
from webapp.home import blueprint
from webapp.pages import show


@blueprint.get("/")
@needs("see")
def index() -> ResponseReturnValue:
    """Everything at a glance."""
    return show("home/index.html")
