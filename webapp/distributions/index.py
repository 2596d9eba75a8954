"""The list of distributions, and what its rows can be told."""

import uuid

from flask import request, url_for
from flask.typing import ResponseReturnValue

from domain.distributions import overview
from domain.distributions.control import pause, resume
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.distributions.plan import names
from domain.kernel.base import Prefix, inside
from domain.tables.distributions import STATUSES, Distribution
from domain.tables.incentives import Campaign
from domain.triggers import catalogue as choices
from integrations import catalogue
from webapp.access import actor, needs
from webapp.database import db
from webapp.distributions import blueprint, shown
from webapp.pages import go, show, toast
from webapp.paging import page

TABS = (("All", ""), ("Live", "live"), ("Going out", "going"), ("Needs you", "needs"), ("Drafts", "drafts"), ("Over", "over"))


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Every distribution, the latest change first; filters are in the address."""
    asked = _asked()
    listed = page(db.session(), overview.found(asked), [Distribution.updated_at, Distribution.id], size=25)
    rows = [row[0] for row in listed.rows]
    specs = {row.id: Spec.from_json(row.spec) for row in rows}
    session = db.session()
    return show(
        "distributions/index.html",
        "list",
        asked=asked,
        page=listed,
        rows=rows,
        specs=specs,
        names=names.of(session, specs.values()),
        numbers=overview.numbers(session, [row.id for row in rows]),
        counts=overview.counts(session),
        tabs=TABS,
        campaign=session.get(Campaign, asked.campaign_id) if asked.campaign_id else None,
        shown=shown,
        state_options=[(status, status.capitalize()) for status in STATUSES],
        triggers=choices.TRIGGERS,
        trigger_options=[(t.key, t.label) for t in choices.TRIGGERS.values()],
        provider_names={p.key: p.name for p in catalogue.providers()},
    )


def _asked() -> overview.DistributionFilter:
    given = request.args
    return overview.DistributionFilter(
        view=given.get("view", "") if given.get("view", "") in overview.VIEWS else "",
        text=given.get("q", "").strip(),
        state=given.get("state", "") if given.get("state", "") in STATUSES else "",
        trigger=given.get("trigger", "") if given.get("trigger", "") in choices.TRIGGERS else "",
        channel=given.get("channel", "") if given.get("channel", "") in set(catalogue.keys()) else "",
        campaign_id=inside(Prefix.CAMPAIGN, given.get("campaign", "")),
    )


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
