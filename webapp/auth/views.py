"""Signing in and out."""

from typing import Any
from urllib.parse import urlsplit

from flask import abort, request, session, url_for
from flask.typing import ResponseReturnValue

from domain.journal import outgoing_mail
from domain.kernel.errors import Refused
from domain.kernel.public_paths import WELCOME
from domain.tables.workspace import User
from domain.workspace.people import change_password, forgotten_password, one_time_links
from domain.workspace.signing_in import second_factor, sessions, tries
from domain.workspace.signing_in import sign_in as door
from webapp.access import before_second_factor, here, needs, person, public
from webapp.auth import blueprint
from webapp.auth.forms import Code, Forgotten, SignIn, Welcome
from webapp.auth.guessing import too_many, wait
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
    email, address = form.email.data or "", request.remote_addr or ""
    seconds = door.begin(db.session(), email, address)
    db.session.commit()
    if seconds:
        form.form_errors.append(f"{too_many(seconds)} An admin can also make a reset link.")
        return show("auth/sign_in.html", status=429, form=form)
    user = door.sign_in(db.session(), email, form.password.data or "", address)
    if user is None:
        form.form_errors.append(door.WRONG)
        return show("auth/sign_in.html", status=BAD, form=form)
    return come_in(user, inside(form.next.data))


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """After the password, a code of the app or a recovery code."""
    found = sessions.waiting(db.session(), session.get("waiting", ""))
    if found is None:
        return go(url_for("auth.sign_in"))
    user, one = found
    form = Code()
    if not form.is_submitted():
        return show("auth/code.html", form=form)
    if not form.validate():
        return show("auth/code.html", status=BAD, form=form)
    typed = form.code.data or ""
    keys = {"recovery code" if second_factor.is_recovery(typed) else "code": str(user.id)}
    if told := wait(keys):
        form.form_errors.append(told)
        return show("auth/code.html", status=429, form=form)
    if not second_factor.fits(db.session(), user, typed):
        db.session.commit()
        form.form_errors.append("This code is not right, or was used already. Enter the one your app shows now.")
        return show("auth/code.html", status=BAD, form=form)
    tries.was_right(db.session(), keys)
    sessions.revoke(db.session(), user.id, only=one.id)
    where = inside(session.get("next"))
    welcome(user)
    return go(where)


@blueprint.post("/sign-out")
@before_second_factor
@needs("see")
def sign_out() -> ResponseReturnValue:
    """Leave this browser."""
    one = here()
    if one is not None:
        sessions.revoke(db.session(), one.user_id, only=one.id)
        db.session.commit()
    session.clear()
    return go(url_for("auth.sign_in"))


def come_in(user: User, where: str) -> ResponseReturnValue:
    """The password was right: sign this browser in and go on, or ask for the code of the second factor first."""
    if not second_factor.on(db.session(), user):
        welcome(user)
        return go(where)
    word = sessions.begin(db.session(), user, request.remote_addr or "", request.user_agent.string, waits_for_code=True)
    db.session.commit()
    session.clear()
    session["waiting"], session["next"] = word, where
    return go(url_for("auth.code"))


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
    return text if ours and parts.path != url_for("auth.sign_in") else "/"


@blueprint.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Mail a reset link, or say who can make one. The answer is the same whoever asks for whom."""
    form = Forgotten()
    mailed = outgoing_mail.possible(db.session())
    if not form.is_submitted() or not mailed:
        return show("auth/forgotten.html", form=form, mailed=mailed, asked=False)
    if not form.validate():
        return show("auth/forgotten.html", status=BAD, form=form, mailed=mailed, asked=False)
    forgotten_password.ask(db.session(), form.email.data or "", request.remote_addr or "")
    db.session.commit()
    return show("auth/forgotten.html", form=form, mailed=mailed, asked=True)


@blueprint.route(WELCOME.rule, methods=["GET", "POST"])
@public
def by_link(word: str) -> ResponseReturnValue:
    """A one-time link: choose a password, and be signed in. Looking at the link does not use it up."""
    keys = {"links of a range": tries.range_of(request.remote_addr or "")}
    if told := wait(keys):
        abort(429, told)
    found = one_time_links.link_of(db.session(), word)
    if found is None:
        return show("auth/link_over.html", status=410)
    tries.was_right(db.session(), keys)
    db.session.commit()
    user, link = found
    form = Welcome(name=user.name)
    answer: dict[str, Any] = {"user": user, "link": link, "form": form}
    if not form.is_submitted():
        return show("auth/welcome.html", **answer)
    if not form.validate():
        return show("auth/welcome.html", status=BAD, **answer)
    try:
        user = change_password.choose(db.session(), word, form.new.data or "", form.name.data or "" if link.purpose == "invite" else "")
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("auth/welcome.html", status=BAD, **answer)
    answer_to_it = come_in(user, "/")
    toast(f"Welcome, {user.name}.")
    return answer_to_it
