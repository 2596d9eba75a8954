"""The first page."""

import uuid
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from domain.insight.home import agenda, background_jobs, first_steps, fortnight, lately, low_pools, month, week
from domain.journal import audit, notices
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.public_paths import NOTICE
from domain.tables.journal import Notice
from webapp import formatting
from webapp.access import actor, needs
from webapp.database import db
from webapp.home import blueprint, month_chart, presenters, sections
from webapp.pages import go, show, toast


@blueprint.get("/")
@needs("see")
def index() -> ResponseReturnValue:
    """Everything at a glance; a newcomer is led through the first five steps instead."""
    session = db.session()
    steps = first_steps.steps(session)
    open_notices = notices.open_notices(session)
    if not steps[-1].done:
        if offered := first_steps.ready(session):
            return show("home/drafts.html", offers=presenters.offers(session, offered), notices=open_notices, shown=presenters)
        return show("home/first_steps.html", steps=steps, notices=open_notices, shown=presenters)
    return show("home/index.html", "glance", parts=sections.drawn(_glance(session)))


@blueprint.get("/home/changes")
@needs("see")
def changes() -> ResponseReturnValue:
    """The parts of Home that changed since the stamps in the query; 204 where none did."""
    found = sections.changed(_glance(db.session()), request.args)
    return show("home/_changes.html", parts=found) if found else Response(status=204)


def _glance(session: Session) -> dict[str, Any]:
    going, low, zone = agenda.agenda(session), low_pools.pools(session), formatting.zone()
    return {
        "title": presenters.sentence(going),
        "notices": notices.open_notices(session),
        "going": going,
        "week": week.week(session, zone, going, low),
        "month": month.month(session, zone),
        "chart": month_chart,
        "days": fortnight.fortnight(session, zone),
        "lately": lately.lately(session),
        "low": low,
        "jobs": background_jobs.jobs(session),
        "shown": presenters,
    }


@blueprint.get(NOTICE.rule)
@needs("see")
def notice(id: str) -> ResponseReturnValue:
    """What a mail about a notice links to: the page of what it is about, or Home."""
    notice_id = inside(Prefix.NOTICE, id)
    one = db.session.get(Notice, notice_id) if notice_id else None
    where = presenters.place(one.kind, one.subject) if one else ""
    return redirect(where or url_for("home.index"), 303)


@blueprint.post("/notices/<uuid:id>/dismiss")
@needs("edit distributions")
def dismiss(id: uuid.UUID) -> ResponseReturnValue:
    """Somebody has seen it and needs no reminder."""
    notice = notices.dismiss(db.session(), id)
    if notice is None:
        abort(404)
    audit.record(db.session(), actor(), "dismiss notice", outside(Prefix.NOTICE, notice.id), notice.title)
    db.session.commit()
    toast("Dismissed. It comes back if it happens again.")
    return go(url_for("home.index"))
