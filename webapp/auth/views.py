"""Signing in and out."""

from urllib.parse import urlsplit

from flask import request, session, url_for
from flask.typing import ResponseReturnValue

from domain.people import sessions
from domain.people import sign_in as door
from domain.people.models import User
from webapp.access import here, needs, person, public
from webapp.auth import blueprint
from webapp.auth.forms import SignIn
from webapp.database import db
from webapp.pages import BAD, go, show


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for address and password; the person goes on to where they wanted to be."""
    form = SignIn(next=request.args.get("next", ""))
    if request.method == "GET":
        return go(inside(form.next.data)) if person() else show("auth/sign_in.html", form=form)
    if not form.validate_on_submit():
        return show("auth/sign_in.html", status=BAD, form=form)
    user = door.sign_in(db.session(), form.email.data or "", form.password.data or "", request.remote_addr or "")
    if isinstance(user, door.Refused):
        db.session.commit()
        form.form_errors.append(str(user))
        return show("auth/sign_in.html", status=429 if user is door.Refused.TOO_MANY else BAD, form=form)
    welcome(user)
    return go(inside(form.next.data))


@blueprint.post("/sign-out")
@needs("see")
def sign_out() -> ResponseReturnValue:
    """Leave this browser."""
    one = here()
    if one is not None:
        sessions.revoke(db.session(), one.user_id, only=one.id)
        db.session.commit()
    session.clear()
    return go(url_for("auth.sign_in"))


def welcome(user: User) -> None:
    """Sign this browser in as `user`, with a session of its own, and commit."""
    word = sessions.begin(db.session(), user, request.remote_addr or "", request.user_agent.string)
    db.session.commit()
    session.clear()
    session["word"] = word
    session.permanent = True


def inside(where: str | None) -> str:
    """`where`, if it is a path of ours; else Home. Nobody is sent elsewhere by a link to the sign-in page."""
    text = where or ""
    parts = urlsplit(text)
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return text if ours and parts.path != "/sign-in" else "/"


@blueprint.get("/forgotten")
@public
def forgotten() -> ResponseReturnValue:
    """How to get back in."""
    return show("auth/forgotten.html")
