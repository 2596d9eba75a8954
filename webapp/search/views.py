"""The page of the search; the palette of every page asks for its block."""

from flask import request
from flask.typing import ResponseReturnValue

from webapp.access import needs
from webapp.database import db
from webapp.pages import show
from webapp.search import blueprint, find


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """What fits the words of the address."""
    words = request.args.get("q", "")
    return show("search/index.html", "hits", words=words, found=find.hits(db.session(), words))
