"""The page of one distribution: the countdown before, the report while and after, its versions."""

import uuid
from dataclasses import dataclass
from itertools import pairwise

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from domain.distributions.plan import differences, names
from domain.distributions.plan.differences import Difference
from domain.distributions.plan.plan import Plan
from domain.tables.distributions import Version
from webapp.access import needs
from webapp.database import db
from webapp.distributions.blueprint import blueprint
from webapp.distributions.layout import REPORT, distribution_or_404, frame
from webapp.pages import go, show


@blueprint.get("/<id>")
@needs("see")
def one(id: uuid.UUID) -> ResponseReturnValue:
    """The countdown, or the report. A draft opens in the wizard."""
    row = distribution_or_404(id)
    if row.status == "draft":
        return go(url_for("distributions.step", id=row.id, step="trigger"))
    more = {key: value for values in REPORT for key, value in values(row).items()}
    return show("distributions/detail.html", **{**frame(row), **more})


@blueprint.get("/<id>/head")
@needs("see")
def head(id: uuid.UUID) -> ResponseReturnValue:
    """The head of the page, asked for every two seconds; 204 while nothing changed."""
    row = distribution_or_404(id)
    values = frame(row)
    if request.args.get("seen") == values["seen"]:
        return Response(status=204)
    if request.args.get("status") not in {None, row.status}:
        return Response(status=200, headers={"HX-Refresh": "true"})
    return show("distributions/layout.html", "head", **values)


@dataclass(frozen=True)
class VersionEntry:
    """A version with what it changed."""

    version: Version
    changes: list[Difference]


@blueprint.get("/<id>/versions")
@needs("see")
def versions(id: uuid.UUID) -> ResponseReturnValue:
    """Every version that was launched or applied, the latest first, with what each changed."""
    row = distribution_or_404(id)
    session = db.session()
    kept = session.scalars(select(Version).where(Version.distribution_id == id).order_by(Version.version)).all()
    plans = [Plan.shown(v.plan) for v in kept]
    called = names.of(session, [plan for plan in plans if plan])
    changes = [[], *(differences.between(old, new, called) if old and new else [] for old, new in pairwise(plans))]
    told = [VersionEntry(v, c) for v, c in zip(kept, changes[: len(kept)], strict=True)][::-1]
    return show("distributions/versions.html", "tab", **frame(row), told=told)
