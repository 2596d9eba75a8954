"""The address of an export. A token names it, is good for nothing else, and for a day."""

import datetime
import uuid

from flask import Response, abort, stream_with_context

from domain.kernel import secrets
from domain.kernel.public_paths import EXPORT
from domain.kernel.text import csv_writer
from domain.tables.journal import Job
from webapp.access import public
from webapp.api.exports.models import PURPOSE
from webapp.api.orders.export import KIND, rows
from webapp.database import db
from webapp.exports import blueprint
from webapp.formatting import now

KEPT = datetime.timedelta(days=1)


@blueprint.get(EXPORT.rule)
@public
def download(token: str) -> Response:
    """The file, streamed in short transactions."""
    subject = secrets.subject_of(PURPOSE, token)
    job = db.session.get(Job, uuid.UUID(hex=subject)) if subject else None
    if job is None or job.kind != KIND or job.created_at < now() - KEPT:
        abort(404)
    response = Response(stream_with_context(csv_writer.lines(rows(db.session(), dict(job.cursor)))), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=orders.csv"
    response.headers["Cache-Control"] = "private, no-store"
    return response
