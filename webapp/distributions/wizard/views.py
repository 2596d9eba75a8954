"""The wizard: one view for all steps. Whatever is sent is stored first and judged afterwards, so nothing typed is ever lost."""

import uuid
from dataclasses import replace
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from domain.distributions.control import edit_launched as edit
from domain.distributions.control import launch
from domain.distributions.control.launch import Launched
from domain.distributions.draft import store as draft
from domain.distributions.mistakes import NotNow
from domain.kernel.errors import Stale
from domain.tables.distributions import Distribution
from webapp import formatting
from webapp.access import actor, needs
from webapp.database import db
from webapp.distributions import presenters
from webapp.distributions.blueprint import blueprint
from webapp.distributions.commands import refused
from webapp.distributions.layout import distribution_or_404
from webapp.distributions.wizard import platform_check
from webapp.distributions.wizard.rail import rail
from webapp.distributions.wizard.save import save_step
from webapp.distributions.wizard.state import Saved, WizardView, wizard_view
from webapp.distributions.wizard.steps import STEPS, after, form_of, values
from webapp.pages import BAD, go, show, toast, wants_block

ANY = f"any({', '.join(STEPS)})"
CONFLICT = 409


def draw(seen: WizardView, status: int = 200, push: str = "") -> Response:
    """The step as a page, or for htmx as the block of the wizard.

    The same step is morphed, not replaced: a click that waits its turn behind this answer still finds its form.
    """
    response = show("distributions/wizard/page.html", "wizard", status=status, push=push, rail=rail(seen), **values(seen))
    if not push:
        response.headers["HX-Reswap"] = "outerMorph"
    return response


@blueprint.get(f"/<id>/<{ANY}:step>")
@needs("see")
def step(id: uuid.UUID, step: str) -> ResponseReturnValue:
    """One step. What was launched opens only while it is edited."""
    row = distribution_or_404(id)
    if row.status != "draft" and row.side_spec is None:
        return go(url_for("distributions.one", id=id))
    return draw(wizard_view(db.session(), row, step, told="put-right" in request.args))


@blueprint.post(f"/<id>/<{ANY}:step>")
@needs("edit distributions")
def store(id: uuid.UUID, step: str) -> ResponseReturnValue:
    """Store what was sent; then go on, save, add, remove, or only say that it is saved, as the button asks."""
    row = distribution_or_404(id)
    try:
        saved = save_step(row, step)
    except Stale as stale:
        return _conflict(row, step, stale)
    except NotNow as why:
        return refused(why)
    db.session.commit()
    if "auto" in request.args:
        return _autosaved(saved, step)
    return _answer(saved, step)


def _answer(saved: Saved, step: str) -> ResponseReturnValue:
    """What the button asks for: the next step, the same one saved, or the same one with what was just chosen."""
    verb = saved.button[0]
    if saved.mistakes:
        return draw(_again(saved, step, told=verb == "next"), BAD)
    if verb == "next":
        return _next(saved, step)
    if verb == "save":
        toast("Draft saved.")
        return go(url_for("distributions.step", id=saved.row.id, step=step))
    if wants_block() or saved.builder is not None:
        return draw(_again(saved, step))
    return go(url_for("distributions.step", id=saved.row.id, step=step, who=saved.typed.get("who") or None))


def _again(saved: Saved, step: str, told: bool = False) -> WizardView:
    """The same step with what was just chosen, what was typed besides, and what of it was refused."""
    return wizard_view(db.session(), saved.row, step, told=told, also=saved.mistakes, typed=saved.typed, builder=saved.builder)


def _next(saved: Saved, step: str) -> ResponseReturnValue:
    """The step that follows, drawn from the plan that let this one pass."""
    if step == "channels":
        platform_check.ask(saved.row)
    seen = _again(saved, step, told=True)
    if seen.wrong:
        return draw(seen, BAD)
    url = url_for("distributions.step", id=saved.row.id, step=after(step))
    if not wants_block():
        return go(url)
    return draw(replace(seen, step=after(step), told=False, typed={}, builder=None, arrived=True), push=url)


def _autosaved(saved: Saved, step: str) -> ResponseReturnValue:
    """The answer to an autosave: the word, and the parts that follow what was typed, each swapped by its id."""
    seen = wizard_view(db.session(), saved.row, step, also=saved.mistakes)
    follows = values(seen) if step == "channels" else {"wizard": seen, "row": seen.row}
    return make_response(render_template("distributions/wizard/_saved.html", saved_at=formatting.now(), rail=rail(seen), **follows))


def _conflict(row: Distribution, step: str, stale: Stale) -> ResponseReturnValue:
    """Somebody saved in between: nothing of this was stored, and the answer says so, around what was typed."""
    db.session.rollback()
    said = f"{stale.by or 'Somebody'} changed this at {stale.at.astimezone(formatting.zone()):%H:%M:%S}."
    if "auto" in request.args:
        return make_response(render_template("distributions/wizard/_conflict.html", said=said, row=row, step=step), CONFLICT)
    session, row = db.session(), distribution_or_404(row.id)
    theirs = draft.working(row)
    form = form_of(session, step, row, theirs, request.form)
    form.validate()
    seen = wizard_view(session, row, step, conflict=said, typed={"name": form.name.data, **form.typed()})
    return draw(replace(seen, spec=STEPS[step].read(session, theirs, form)), CONFLICT)


@blueprint.post("/<id>/launch")
@needs("launch")
def launch_it(id: uuid.UUID) -> ResponseReturnValue:
    """Save & Send, Set live, or Apply: first what stands on the page is stored, then it goes."""
    row = distribution_or_404(id)
    try:
        saved = save_step(row, "summary")
        if saved.mistakes:
            db.session.commit()
            return draw(_again(saved, "summary", told=True), BAD)
        platform_check.ask(row)
        done: Any = edit.apply(db.session(), id, actor()) if row.side_spec is not None else launch.launch(db.session(), id, actor())
    except Stale as stale:
        return _conflict(row, "summary", stale)
    except NotNow as why:
        return refused(why)
    db.session.commit()
    if isinstance(done, list):
        return draw(wizard_view(db.session(), row, "summary", mistakes=done, told=True), BAD)
    toast(_went(done))
    return go(url_for("distributions.one", id=id))


def _went(done: Launched | edit.Applied) -> str:
    if isinstance(done, edit.Applied):
        return f"Applied as version {done.version}."
    if done.live:
        return "It is live."
    return (
        f"It goes out at {presenters.moment(done.due_at)}. Until then you can edit, hold or stop it."
        if done.due_at
        else "It waits for the sync."
    )
