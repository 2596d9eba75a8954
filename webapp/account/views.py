"""Pages about the person who asks."""

from flask import request
from flask.typing import ResponseReturnValue

from webapp.access import me, needs
from webapp.account import blueprint
from webapp.auth.views import inside
from webapp.database import db
from webapp.pages import go, show


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """My account."""
    return show("account/index.html")


@blueprint.post("/theme")
@needs("see")
def theme() -> ResponseReturnValue:
    """Light, dark, or as the system says."""
    chosen = request.form.get("theme", "")
    me().theme = chosen if chosen in {"light", "dark"} else ""
    db.session.commit()
    return go(inside(request.form.get("back")))
