"""The audit trail: filters in the URL, and a file of the same rows."""

import datetime

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from domain.kernel.text import csv_writer
from domain.workspace.project import audit_trail
from webapp import formatting
from webapp.access import needs
from webapp.audit import blueprint, presenters, subjects
from webapp.database import db
from webapp.forms import YEARS
from webapp.pages import show
from webapp.paging import page


@blueprint.get("")
@needs("see audit")
def index() -> ResponseReturnValue:
    """What was done, newest first."""
    wanted = _wanted()
    rows = page(db.session(), audit_trail.entries(wanted), by=wanted.order, sparse=True)
    actors, commands = audit_trail.known(db.session())
    days = presenters.by_day(row[0] for row in rows.rows)
    pages = subjects.pages(db.session(), {entry.subject for _, some in days for entry in some})
    return show(
        "audit/index.html", "list", page=rows, days=days, actors=actors, commands=commands, changes=audit_trail.changes, did=presenters.did,
        icon_of=presenters.icon_of, reference=presenters.reference, pages=pages,
    )  # fmt: skip


@blueprint.get("/export.csv")
@needs("see audit")
def export() -> ResponseReturnValue:
    """The rows of the same filter as a file."""
    lines = csv_writer.lines(audit_trail.csv_rows(db.session(), _wanted(), formatting.zone()))
    name = f"audit-{formatting.now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(lines), mimetype="text/csv", headers=headers)


def _wanted() -> audit_trail.AuditFilter:
    since, until = _day("since"), _day("until")
    asked = {key: request.args.get(key, "").strip() for key in ("actor", "command", "subject")}
    end = until + datetime.timedelta(days=1) if until else None
    return audit_trail.AuditFilter(**asked, text=request.args.get("q", "")[:200], since=since, until=end)


def _day(name: str) -> datetime.datetime | None:
    """Midnight of a day of the URL in the viewer's zone; None for nothing or nonsense."""
    try:
        day = datetime.date.fromisoformat(request.args.get(name, ""))
        return datetime.datetime.combine(day, datetime.time(), formatting.zone()) if day.year in range(*YEARS) else None
    except ValueError:
        return None
