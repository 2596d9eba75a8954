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
from domain.distributions.mistakes import Mistake, NotNow
from domain.kernel.errors import Stale
from domain.tables.distributions import Distribution
from webapp import formatting
from webapp.access import actor, needs
from webapp.database import db
from webapp.distributions import presenters
from webapp.distributions.blueprint import blueprint
from webapp.distributions.commands import refused
from webapp.distributions.layout import found
from webapp.distributions.wizard import platform_check, trigger
from webapp.distributions.wizard.rail import rail
from webapp.distributions.wizard.save import keep
from webapp.distributions.wizard.state import WizardView, wizard_view
from webapp.distributions.wizard.steps import STEPS, read, values
from webapp.pages import BAD, go, show, toast, wants_block

ANY = "any(trigger, action, channels, summary)"
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
    row = found(id)
    if row.status != "draft" and row.side_spec is None:
        return go(url_for("distributions.one", id=id))
    return draw(wizard_view(db.session(), row, step, told="put-right" in request.args))


@blueprint.post(f"/<id>/<{ANY}:step>")
@needs("edit distributions")
def store(id: uuid.UUID, step: str) -> ResponseReturnValue:
    """Store what was sent; then go on, save, add, remove, or only say that it is saved, as the button asks."""
    row, do = found(id), request.form.get("do", "")
    try:
        also = keep(row, step)
    except Stale as stale:
        return _conflict(row, step, stale)
    except NotNow as why:
        return refused(why)
    db.session.commit()
    return _saved(row, step, also) if "auto" in request.args else _answer(row, step, do, also)


def _answer(row: Distribution, step: str, do: str, also: list[Mistake]) -> ResponseReturnValue:
    if also:
        return draw(wizard_view(db.session(), row, step, also=also, told=do == "next", **trigger.kept()), BAD)
    if do == "next":
        return _next(row, step)
    if do == "save":
        toast("Draft saved.")
        return go(url_for("distributions.step", id=row.id, step=step))
    return _again(row, step)


def _next(row: Distribution, step: str) -> ResponseReturnValue:
    if step == "channels":
        platform_check.ask(row)
    seen = wizard_view(db.session(), row, step, told=True)
    if seen.wrong:
        return draw(seen, BAD)
    after = STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]
    url = url_for("distributions.step", id=row.id, step=after)
    return draw(wizard_view(db.session(), row, after, arrived=True), push=url) if wants_block() else go(url)


def _again(row: Distribution, step: str) -> ResponseReturnValue:
    """The same step with what was just chosen; a search travels in the address, half a condition in the answer."""
    who = request.form.get("who", "").strip()
    built = trigger.built(db.session())
    if wants_block() or built is not None:
        return draw(wizard_view(db.session(), row, step, typed={"who": who}, building=built))
    return go(url_for("distributions.step", id=row.id, step=step, who=who or None))


def _saved(row: Distribution, step: str, also: list[Mistake]) -> ResponseReturnValue:
    """The answer to an autosave: the word, and the parts that follow what was typed, each swapped by its id."""
    seen = wizard_view(db.session(), row, step, also=also)
    follows = values(seen) if step == "channels" else {"look": seen, "row": seen.row}
    return make_response(render_template("distributions/wizard/_saved.html", saved_at=formatting.now(), rail=rail(seen), **follows))


def _conflict(row: Distribution, step: str, stale: Stale) -> ResponseReturnValue:
    """Somebody saved in between: nothing of this was stored, and the answer says so."""
    db.session.rollback()
    said = f"{stale.by or 'Somebody'} changed this at {stale.at.astimezone(formatting.zone()):%H:%M:%S}."
    if "auto" in request.args:
        return make_response(render_template("distributions/wizard/_conflict.html", said=said, row=row, step=step), CONFLICT)
    seen = wizard_view(db.session(), found(row.id), step, conflict=said)
    mine = read(db.session(), step, draft.working(seen.row), request.form)
    return draw(replace(seen, spec=mine), CONFLICT)


@blueprint.post("/<id>/launch")
@needs("launch")
def launch_it(id: uuid.UUID) -> ResponseReturnValue:
    """Save & Send, Set live, or Apply: first what stands on the page is stored, then it goes."""
    row = found(id)
    try:
        keep(row, "summary")
        platform_check.ask(row)
        done: Any = edit.apply(db.session(), id, actor()) if row.side_spec is not None else launch.launch(db.session(), id, actor())
    except Stale as stale:
        return _conflict(row, "summary", stale)
    except NotNow as why:
        return refused(why)
    if isinstance(done, list):
        db.session.commit()
        return draw(wizard_view(db.session(), row, "summary", also=[m for m in done if m.step == "summary"], told=True), BAD)
    db.session.commit()
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
