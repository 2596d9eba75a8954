"""Who works here."""

import uuid

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from domain.kernel.errors import Refused
from domain.tables.workspace import User
from domain.workspace.people import edit as change
from domain.workspace.people import invite, one_time_links, roles
from domain.workspace.signing_in import second_factor
from webapp.access import actor, me, needs
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.people import blueprint
from webapp.people.forms import Invitation, PersonForm


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Everybody."""
    return show("people/index.html", people=change.everybody(db.session()), about=roles.ABOUT)


@blueprint.route("/new", methods=["GET", "POST"])
@needs("manage people")
def new() -> ResponseReturnValue:
    """Invite somebody; a link that could not be mailed is shown once, in the answer to this very post."""
    form = Invitation()
    if not form.is_submitted():
        return show("people/new.html", form=form, about=roles.ABOUT)
    if not form.validate():
        return show("people/new.html", "form", BAD, form=form, about=roles.ABOUT)
    try:
        user = invite.invite(db.session(), actor(), form.email.data or "", form.name.data or "", form.role.data or "")
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("people/new.html", "form", BAD, form=form, about=roles.ABOUT)
    return _give_link(user)


@blueprint.route("/<uuid:id>", methods=["GET", "POST"])
@needs("manage people")
def edit(id: uuid.UUID) -> ResponseReturnValue:
    """Another name or role."""
    user = _user(id)
    form, factor = PersonForm(obj=user), second_factor.on(db.session(), user)
    if not form.is_submitted():
        return show("people/edit.html", form=form, user=user, about=roles.ABOUT, factor=factor)
    if not form.validate():
        return show("people/edit.html", "form", BAD, form=form, user=user, about=roles.ABOUT, factor=factor)
    try:
        change.edit(db.session(), actor(), user, form.row_version.data or 0, form.name.data or "", form.role.data)
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("people/edit.html", "form", BAD, form=form, user=user, about=roles.ABOUT, factor=factor)
    db.session.commit()
    toast(f"{user.name} is saved.")
    return go(url_for("people.index"))


@blueprint.post("/<uuid:id>/deactivate")
@needs("manage people")
def deactivate(id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody in no more; Undo is one click away."""
    user = _user(id)
    try:
        change.deactivate(db.session(), actor(), user)
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
        return go(url_for("people.edit", id=id))
    db.session.commit()
    if user.id == me().id:
        return go(url_for("auth.sign_in"))
    toast(f"{user.name} may no longer sign in.", action="Undo", post=url_for("people.reactivate", id=id))
    return go(url_for("people.index"))


@blueprint.post("/<uuid:id>/reactivate")
@needs("manage people")
def reactivate(id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody in again."""
    user = _user(id)
    change.reactivate(db.session(), actor(), user)
    db.session.commit()
    toast(f"{user.name} may sign in again.")
    return go(url_for("people.index"))


@blueprint.post("/<uuid:id>/sign-out")
@needs("manage people")
def sign_out(id: uuid.UUID) -> ResponseReturnValue:
    """Sign somebody out everywhere, at once."""
    user = _user(id)
    change.sign_out(db.session(), actor(), user)
    db.session.commit()
    toast(f"{user.name} is signed out everywhere.")
    return go(url_for("people.index") if user.id != me().id else url_for("auth.sign_in"))


@blueprint.post("/<uuid:id>/second-factor/reset")
@needs("manage people")
def reset_second_factor(id: uuid.UUID) -> ResponseReturnValue:
    """Somebody lost their app and their recovery codes: the password alone lets them in again."""
    user = _user(id)
    change.reset_second_factor(db.session(), actor(), user)
    db.session.commit()
    toast(f"The second factor of {user.name} is gone; they are signed out everywhere.")
    return go(url_for("people.index") if user.id != me().id else url_for("auth.sign_in"))


@blueprint.post("/<uuid:id>/link")
@needs("manage people")
def link(id: uuid.UUID) -> ResponseReturnValue:
    """A new invitation or reset link."""
    return _give_link(_user(id))


def _give_link(user: User) -> ResponseReturnValue:
    """Commit a link for `user`: mailed, or shown in this answer."""
    try:
        address, mailed = change.give_link(db.session(), actor(), user)
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
        return go(url_for("people.index"))
    purpose = "reset" if user.password else "invite"
    db.session.commit()
    if not mailed:
        return show("people/link.html", "link", user=user, address=address, good_for=one_time_links.FOR_HOW_LONG[purpose])
    toast(f"{'A reset link' if purpose == 'reset' else 'The invitation'} is on its way to {user.email}.", icon="mail")
    return go(url_for("people.index"))


def _user(id: uuid.UUID) -> User:
    user = db.session.get(User, id)
    if user is None:
        abort(404)
    return user
