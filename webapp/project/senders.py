"""Pages about one sender."""

import uuid

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from domain.kernel.errors import Refused
from domain.tables.workspace import Sender
from domain.workspace.project import senders
from webapp.access import actor, needs
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.project import blueprint
from webapp.project.forms import SenderForm


@blueprint.route("/project/senders/new", methods=["GET", "POST"])
@needs("edit project")
def new_sender() -> ResponseReturnValue:
    """Add a sender."""
    form = SenderForm()
    if not form.is_submitted():
        return show("project/sender.html", form=form, sender=None)
    try:
        sender = senders.add(db.session(), actor(), form.name.data or "", form.email.data or "", form.reply_to.data or "")
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("project/sender.html", "form", BAD, form=form, sender=None)
    db.session.commit()
    toast(f"Messages may come from {sender.name} now.")
    return go(url_for("project.index"))


@blueprint.route("/project/senders/<uuid:id>", methods=["GET", "POST"])
@needs("edit project")
def edit_sender(id: uuid.UUID) -> ResponseReturnValue:
    """Change a sender."""
    sender = _sender(id)
    form = SenderForm(obj=sender)
    if not form.is_submitted():
        return show("project/sender.html", form=form, sender=sender)
    try:
        senders.edit(db.session(), actor(), sender, form.name.data or "", form.email.data or "", form.reply_to.data or "")
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("project/sender.html", "form", BAD, form=form, sender=_sender(id))
    db.session.commit()
    toast("The sender is saved.")
    return go(url_for("project.index"))


@blueprint.post("/project/senders/<uuid:id>/default")
@needs("edit project")
def default_sender(id: uuid.UUID) -> ResponseReturnValue:
    """New channels begin with this one."""
    sender = _sender(id)
    senders.make_default(db.session(), actor(), sender)
    db.session.commit()
    toast(f"{sender.name} is the default sender.")
    return go(url_for("project.index"))


@blueprint.post("/project/senders/<uuid:id>/remove")
@needs("edit project")
def remove_sender(id: uuid.UUID) -> ResponseReturnValue:
    """Offer this sender no more."""
    sender = _sender(id)
    name = sender.name
    try:
        senders.remove(db.session(), actor(), sender)
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
        return go(url_for("project.index"))
    db.session.commit()
    toast(f"{name} is removed.", icon="trash-2")
    return go(url_for("project.index"))


def _sender(id: uuid.UUID) -> Sender:
    sender = senders.find(db.session(), id)
    if sender is None:
        abort(404)
    return sender
