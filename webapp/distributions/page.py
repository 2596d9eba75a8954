"""The page of one distribution: the countdown before, the report while and after, its versions; and what it can be told."""

import uuid
from dataclasses import dataclass
from itertools import pairwise

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from domain.distributions.control import edit_launched as edit
from domain.distributions.control import hold, stop
from domain.distributions.mistakes import NotNow
from domain.distributions.plan import differences, names
from domain.distributions.plan.differences import Difference
from domain.distributions.plan.plan import Plan
from domain.tables.distributions import Version
from webapp.access import actor, needs
from webapp.database import db
from webapp.distributions import blueprint
from webapp.distributions.frame import REPORT, found, frame
from webapp.distributions.index import back, refused
from webapp.pages import go, show, toast


@blueprint.get("/<id>")
@needs("see")
def one(id: uuid.UUID) -> ResponseReturnValue:
    """The countdown, or the report. A draft opens in the wizard."""
    row = found(id)
    if row.status == "draft":
        return go(url_for("distributions.step", id=row.id, step="trigger"))
    more = {key: value for values in REPORT for key, value in values(row).items()}
    return show("distributions/one.html", **{**frame(row), **more})


@blueprint.get("/<id>/head")
@needs("see")
def head(id: uuid.UUID) -> ResponseReturnValue:
    """The head of the page, asked for every two seconds; 204 while nothing changed."""
    row = found(id)
    values = frame(row)
    if request.args.get("seen") == values["seen"]:
        return Response(status=204)
    if request.args.get("status") not in {None, row.status}:
        return Response(status=200, headers={"HX-Refresh": "true"})
    return show("distributions/page.html", "head", **values)


@dataclass(frozen=True)
class Told:
    """A version with what it changed."""

    version: Version
    changes: list[Difference]


@blueprint.get("/<id>/versions")
@needs("see")
def versions(id: uuid.UUID) -> ResponseReturnValue:
    """Every version that was launched or applied, the latest first, with what each changed."""
    row = found(id)
    session = db.session()
    kept = session.scalars(select(Version).where(Version.distribution_id == id).order_by(Version.version)).all()
    plans = [Plan.from_json(v.plan) for v in kept]
    called = names.of(session, plans)
    changes = [[], *(differences.between(old, new, called) for old, new in pairwise(plans))]
    told = [Told(v, c) for v, c in zip(kept, changes, strict=True)][::-1]
    return show("distributions/versions.html", "tab", **frame(row), told=told)


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
