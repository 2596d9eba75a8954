"""Who works here."""

import uuid

from flask import abort, session, url_for
from flask.typing import ResponseReturnValue

from domain.kernel.errors import Refused
from domain.tables.workspace import User
from domain.workspace.people import edit as change
from domain.workspace.people import invite, one_time_links, roles
from webapp.access import actor, can, me, needs
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.people import blueprint
from webapp.people.forms import Invitation, PersonForm


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Everybody; to whoever just made a link and could not have it mailed, the link, once."""
    fresh = session.pop("fresh_link", None) if can("manage people") else None
    return show(
        "people/index.html", people=change.everybody(db.session()), about=roles.ABOUT, fresh=fresh, good_for=one_time_links.FOR_HOW_LONG
    )


@blueprint.route("/new", methods=["GET", "POST"])
@needs("manage people")
def new() -> ResponseReturnValue:
    """Invite somebody."""
    form = Invitation()
    if not form.is_submitted():
        return show("people/new.html", form=form, about=roles.ABOUT)
    try:
        user = invite.invite(db.session(), actor(), form.email.data or "", form.name.data or "", form.role.data or "")
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("people/new.html", "form", BAD, form=form, about=roles.ABOUT)
    _give_link(user)
    return go(url_for("people.index"))


@blueprint.route("/<uuid:id>", methods=["GET", "POST"])
@needs("manage people")
def edit(id: uuid.UUID) -> ResponseReturnValue:
    """Another name or role."""
    user = _user(id)
    form = PersonForm(obj=user)
    if not form.is_submitted():
        return show("people/edit.html", form=form, user=user, about=roles.ABOUT)
    if not form.validate():
        return show("people/edit.html", "form", BAD, form=form, user=user, about=roles.ABOUT)
    try:
        change.edit(db.session(), actor(), user, form.row_version.data or 0, form.name.data or "", form.role.data)
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("people/edit.html", "form", BAD, form=form, user=user, about=roles.ABOUT)
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


@blueprint.post("/<uuid:id>/link")
@needs("manage people")
def link(id: uuid.UUID) -> ResponseReturnValue:
    """A new invitation or reset link."""
    _give_link(_user(id))
    return go(url_for("people.index"))


def _give_link(user: User) -> None:
    """Commit a link for `user`: mailed, or kept in the asker's cookie until the next page has shown it."""
    try:
        address, mailed = change.give_link(db.session(), actor(), user)
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
        return
    purpose = "reset" if user.password else "invite"
    db.session.commit()
    if mailed:
        toast(f"{'A reset link' if purpose == 'reset' else 'The invitation'} is on its way to {user.email}.", icon="mail")
    else:
        session["fresh_link"] = {"name": user.name, "address": address, "purpose": purpose}


def _user(id: uuid.UUID) -> User:
    user = db.session.get(User, id)
    if user is None:
        abort(404)
    return user
