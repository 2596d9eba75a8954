"""What a distribution can be told: from the list, and from its page."""

import uuid

from flask import request, url_for
from flask.typing import ResponseReturnValue

from domain.distributions.control import edit_launched as edit
from domain.distributions.control import hold, pause, resume, stop
from domain.distributions.draft import store as draft
from domain.distributions.mistakes import NotNow
from domain.tables.distributions import Distribution
from webapp.access import actor, needs
from webapp.database import db
from webapp.distributions.blueprint import blueprint
from webapp.distributions.layout import found
from webapp.pages import go, toast


@blueprint.post("")
@needs("edit distributions")
def create() -> ResponseReturnValue:
    """A new draft, and into the wizard."""
    row = draft.create(db.session(), actor())
    db.session.commit()
    return go(url_for("distributions.step", id=row.id, step="trigger"))


@blueprint.post("/<id>/duplicate")
@needs("edit distributions")
def duplicate(id: uuid.UUID) -> ResponseReturnValue:
    """A copy as a new draft."""
    try:
        row = draft.duplicate(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    db.session.commit()
    toast(f"“{row.name}” is a new draft.")
    return go(url_for("distributions.step", id=row.id, step="trigger"))


@blueprint.post("/<id>/delete")
@needs("edit distributions")
def delete(id: uuid.UUID) -> ResponseReturnValue:
    """Delete a draft; the toast brings it back."""
    try:
        name = draft.delete(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    db.session.commit()
    toast(f"“{name}” is deleted.", action="Undo", post=url_for("distributions.restore", id=id))
    return go(url_for("distributions.index"))


@blueprint.post("/<id>/restore")
@needs("edit distributions")
def restore(id: uuid.UUID) -> ResponseReturnValue:
    """Undo of delete."""
    try:
        row = draft.restore(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    db.session.commit()
    toast(f"“{row.name}” is back.")
    return go(url_for("distributions.step", id=row.id, step="trigger"))


@blueprint.post("/<id>/pause")
@needs("launch")
def pause_it(id: uuid.UUID) -> ResponseReturnValue:
    """Pause what is sending or live."""
    try:
        pause.pause_by_person(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    db.session.commit()
    toast("Paused. What is with a provider already still arrives.", action="Undo", post=url_for("distributions.resume_it", id=id))
    return back(id)


@blueprint.post("/<id>/resume")
@needs("launch")
def resume_it(id: uuid.UUID) -> ResponseReturnValue:
    """Go on after a pause."""
    try:
        mistakes = resume.resume(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    if mistakes:
        db.session.rollback()
        toast(f"It cannot go on yet. {mistakes[0].text}", kind="bad", icon="circle-alert")
        return go(url_for("distributions.one", id=id))
    db.session.commit()
    toast("It goes on.")
    return back(id)


@blueprint.post("/<id>/hold")
@needs("launch")
def hold_it(id: uuid.UUID) -> ResponseReturnValue:
    """Let the countdown stand still."""
    try:
        hold.hold(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    db.session.commit()
    toast("The countdown stands still.", action="Undo", post=url_for("distributions.release_it", id=id))
    return back(id)


@blueprint.post("/<id>/release")
@needs("launch")
def release_it(id: uuid.UUID) -> ResponseReturnValue:
    """Let the countdown go on."""
    try:
        hold.release(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    db.session.commit()
    toast("The countdown goes on.")
    return back(id)


@blueprint.post("/<id>/stop")
@needs("launch")
def stop_it(id: uuid.UUID) -> ResponseReturnValue:
    """Stop or end it for good."""
    row = found(id)
    if request.form.get("sure", "").strip().casefold() not in {"stop", "end"} and row.status != "scheduled":
        toast("Nothing was stopped: type the word to confirm it.", kind="bad", icon="circle-alert")
        return go(url_for("distributions.one", id=id))
    try:
        stop.stop(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    db.session.commit()
    toast("Stopped. Nothing more is sent, and reserved codes are free again.")
    return go(url_for("distributions.one", id=id))


@blueprint.post("/<id>/edit")
@needs("edit distributions")
def edit_it(id: uuid.UUID) -> ResponseReturnValue:
    """Open the side draft, and into the wizard."""
    try:
        edit.begin(db.session(), id, actor())
    except NotNow as why:
        return refused(why)
    db.session.commit()
    return go(url_for("distributions.step", id=id, step=request.form.get("step") or "channels"))


@blueprint.post("/<id>/discard")
@needs("edit distributions")
def discard(id: uuid.UUID) -> ResponseReturnValue:
    """Drop the side draft."""
    edit.discard(db.session(), id, actor())
    db.session.commit()
    toast("The edit is dropped; it stays as it was launched.")
    return go(url_for("distributions.one", id=id))


def back(id: uuid.UUID) -> ResponseReturnValue:
    """To where the button was: the list, or the page of the distribution."""
    where = request.form.get("back", "")
    return go(url_for("distributions.index") if where == "list" else url_for("distributions.one", id=id))


def refused(why: NotNow) -> ResponseReturnValue:
    """A command that came too late or twice: say why, and show how it is now."""
    db.session.rollback()
    toast(str(why), kind="bad", icon="circle-alert")
    values = request.view_args or {}
    there = db.session.get(Distribution, values["id"]) if "id" in values else None
    return go(url_for("distributions.one", id=there.id) if there else url_for("distributions.index"))
