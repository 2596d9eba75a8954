"""Signing in and out."""

from typing import Any
from urllib.parse import urlsplit

from flask import request, session, url_for
from flask.typing import ResponseReturnValue

from domain.journal import outgoing_mail as letters
from domain.kernel.errors import Refused
from domain.tables.workspace import User
from domain.workspace.people import change_password as password
from domain.workspace.people import forgotten_password as forgetful
from domain.workspace.people import one_time_links as links
from domain.workspace.people import sessions
from domain.workspace.people import sign_in as door
from webapp.access import here, needs, person, public
from webapp.auth import blueprint
from webapp.auth.forms import Forgotten, SignIn, Welcome
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast


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
    if isinstance(user, door.SignInRefusal):
        db.session.commit()
        form.form_errors.append(str(user))
        return show("auth/sign_in.html", status=429 if user is door.SignInRefusal.TOO_MANY else BAD, form=form)
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
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return text if ours and parts.path != "/sign-in" else "/"


@blueprint.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Mail a reset link, or say who can make one. The answer is the same whoever asks for whom."""
    form = Forgotten()
    mailed = letters.possible(db.session())
    if not form.is_submitted() or not mailed:
        return show("auth/forgotten.html", form=form, mailed=mailed, asked=False)
    if not form.validate():
        return show("auth/forgotten.html", status=BAD, form=form, mailed=mailed, asked=False)
    forgetful.ask(db.session(), form.email.data or "", request.remote_addr or "")
    db.session.commit()
    return show("auth/forgotten.html", form=form, mailed=mailed, asked=True)


@blueprint.route("/welcome/<word>", methods=["GET", "POST"])
@public
def by_link(word: str) -> ResponseReturnValue:
    """A one-time link: choose a password, and be signed in. Looking at the link does not use it up."""
    found = links.found(db.session(), word)
    if found is None:
        return show("auth/link_over.html", status=410)
    user, link = found
    form = Welcome(name=user.name)
    answer: dict[str, Any] = {"user": user, "link": link, "form": form}
    if not form.is_submitted():
        return show("auth/welcome.html", **answer)
    if not form.validate():
        return show("auth/welcome.html", status=BAD, **answer)
    try:
        user = password.choose(db.session(), word, form.new.data or "", form.name.data or "" if link.purpose == "invite" else "")
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("auth/welcome.html", status=BAD, **answer)
    welcome(user)
    toast(f"Welcome, {user.name}.")
    return go("/")
