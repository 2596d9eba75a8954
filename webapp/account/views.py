"""Pages about the person who asks."""

import uuid
from typing import Any

from flask import Response, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from domain.kernel.errors import Refused
from domain.workspace.people import change_password as password
from domain.workspace.people import own_profile
from domain.workspace.signing_in import second_factor, sessions, tries
from webapp.access import here, me, needs
from webapp.account import blueprint
from webapp.account.forms import Me, Password
from webapp.auth.guessing import wait
from webapp.auth.views import inside
from webapp.database import db
from webapp.formatting import project
from webapp.pages import BAD, go, show, show_field_errors, toast


def _page(status: int = 200, **forms: Any) -> Response:
    about = forms.get("about") or Me(obj=me(), formdata=None)
    about.fill_zones(project().zone)
    browsers = sessions.of(db.session(), me().id)
    return show(
        "account/index.html",
        status=status,
        about=about,
        secret=forms.get("secret") or Password(formdata=None),
        browsers=browsers,
        here=here(),
        ends_at=sessions.ends_at,
        factor=second_factor.on(db.session(), me()),
    )


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """My account: name, zone, password, browsers."""
    return _page()


@blueprint.get("/session")
@needs("see")
def signed_in_as() -> dict[str, str]:
    """Whether this browser is signed in, as whom, and the token that its forms need now."""
    return {"name": me().name, "id": str(me().id), "token": generate_csrf()}


@blueprint.get("/signed-in")
@needs("see")
def signed_in() -> ResponseReturnValue:
    """Where a sign-in beside another tab ends."""
    return show("account/signed_in.html")


@blueprint.post("")
@needs("see")
def edit() -> ResponseReturnValue:
    """Change my name or zone."""
    form = Me()
    form.fill_zones(project().zone)
    if not form.validate():
        return _page(BAD, about=form)
    try:
        own_profile.edit(db.session(), me(), form.name.data or "", form.zone.data or "")
    except Refused as refused:
        show_field_errors(form, refused)
        return _page(BAD, about=form)
    db.session.commit()
    toast("Saved.")
    return go(url_for("account.index"))


@blueprint.post("/password")
@needs("see")
def change_password() -> ResponseReturnValue:
    """Choose another password; other browsers are signed out."""
    form = Password()
    if not form.validate():
        return _page(BAD, secret=form)
    one, keys = here(), {"own password": str(me().id)}
    if told := wait(keys):
        form.form_errors.append(told)
        return _page(429, secret=form)
    try:
        password.change(db.session(), me(), form.old.data or "", form.new.data or "", one.id if one else None)
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return _page(BAD, secret=form)
    tries.was_right(db.session(), keys)
    db.session.commit()
    toast("Your password is changed. Other browsers were signed out.")
    return go(url_for("account.index"))


@blueprint.post("/browsers/<uuid:id>/sign-out")
@needs("see")
def revoke(id: uuid.UUID) -> ResponseReturnValue:
    """Sign out one of my browsers."""
    ended = sessions.revoke(db.session(), me().id, only=id)
    db.session.commit()
    toast("That browser is signed out." if ended else "That browser was signed out already.")
    return go(url_for("account.index"))


@blueprint.post("/browsers/sign-out")
@needs("see")
def revoke_others() -> ResponseReturnValue:
    """Sign out all my browsers but this one."""
    one = here()
    ended = sessions.revoke(db.session(), me().id, but=one.id if one else None)
    db.session.commit()
    toast(f"{ended} {'browser' if ended == 1 else 'browsers'} signed out.")
    return go(url_for("account.index"))


@blueprint.post("/browsers/sign-out-everywhere")
@needs("see")
def revoke_everywhere() -> ResponseReturnValue:
    """Sign out all my browsers, this one too."""
    sessions.revoke(db.session(), me().id)
    db.session.commit()
    session.clear()
    return go(url_for("auth.sign_in"))


@blueprint.post("/theme")
@needs("see")
def theme() -> ResponseReturnValue:
    """Light, dark, or as the system says."""
    own_profile.choose_theme(me(), request.form.get("theme", ""))
    db.session.commit()
    return go(inside(request.form.get("back")))
