"""The frame of a distribution's page: its name and state, what it can be told now, and the tabs. Reports stand inside it.

Whoever adds a tab writes a template that extends `distributions/layout.html`, fills its block `tab`, and shows it with `frame(row)`.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, request, url_for
from sqlalchemy import func, select

from domain.distributions import overview
from domain.distributions.audience import left_out
from domain.distributions.audience.left_out import LeftOut
from domain.distributions.draft.spec import Spec
from domain.distributions.plan import names, sentence
from domain.incentives.codes.pool import pool
from domain.tables.customers import Segment
from domain.tables.distributions import Distribution, Version
from domain.tables.incentives import Campaign
from webapp.database import db
from webapp.distributions import presenters
from webapp.formatting import plural


@dataclass(frozen=True)
class Tab:
    """A tab of the page; it is shown where its view exists."""

    label: str
    endpoint: str
    below: str = ""
    """The view of one thing in it, which stands under this tab too."""


TABS = (
    Tab("Report", "distributions.one"),
    Tab("Deliveries", "reports.deliveries", "reports.delivery"),
    Tab("Versions", "distributions.versions"),
    Tab("Why?", "reports.why"),
)

REPORT: list[Callable[[Distribution], dict[str, Any]]] = []
"""What `reports/_report.html` needs, from the area of reports: it appends its function here."""


def distribution_or_404(id: uuid.UUID) -> Distribution:
    """The distribution of an address, or 404."""
    row = db.session.get(Distribution, id)
    return row if row is not None else abort(404)


def frame(row: Distribution) -> dict[str, Any]:
    """What `distributions/layout.html` needs."""
    session, spec = db.session(), Spec.shown(row.spec)
    called = names.of(session, [spec])
    campaign = session.get(Campaign, spec.gives) if spec.gives else None
    version = session.get(Version, (row.id, row.version)) if row.version else None
    numbers, free = overview.numbers(session, [row.id])[row.id], pool(session, campaign.id).free if campaign else 0
    out = left_out.count(session, spec) if row.status == "scheduled" else None
    return {
        "row": row,
        "spec": spec,
        "names": called,
        "state": presenters.state(row),
        "brief": presenters.brief(spec, called),
        "via": presenters.via(spec, called),
        "numbers": numbers,
        "campaign": campaign,
        "free": free,
        "segment": session.get(Segment, spec.to_segment) if spec.to_segment else None,
        "version": version,
        "sentence": sentence.phrases(spec, called),
        "tabs": _tabs(row),
        "seen": stamp(row, free, numbers.waiting),
        "waiting_words": _waiting(spec, out),
        "shown": presenters,
    }


def stamp(row: Distribution, free: int, waiting: int) -> str:
    """Changes whenever the head of the page would look different."""
    looks = (row.status, row.version, row.row_version, row.due_at, row.held_seconds, row.pause_reason, row.waits_for_revision)
    return "-".join(str(look) for look in (*looks, free, waiting)).replace(" ", "T")


def _waiting(spec: Spec, out: LeftOut | None) -> str:
    """What goes out: `1,204 codes`, `1 message`; without a number where counting takes too long."""
    thing = "code" if spec.gives_new_code else "message"
    return plural(out.reached, thing) if out else f"The {thing}s"


def _tabs(row: Distribution) -> list[tuple[str, str, bool, int | None]]:
    versions = db.session.scalar(select(func.count()).select_from(Version).where(Version.distribution_id == row.id))
    counted = {"distributions.versions": versions}
    there = current_app.view_functions
    return [
        (tab.label, url_for(tab.endpoint, id=row.id), request.endpoint in {tab.endpoint, tab.below}, counted.get(tab.endpoint))
        for tab in TABS
        if tab.endpoint in there
    ]
