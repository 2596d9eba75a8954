"""The list of customers, and a CSV of the same filter."""

from collections.abc import Iterator
from typing import Any

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from domain.customers.consents import permissions
from domain.customers.profiles import fields, find, metadata
from domain.journal import audit
from domain.kernel.base import Prefix, outside
from domain.kernel.text import csv_writer
from domain.tables.customers import Segment
from webapp import paging
from webapp.access import actor, needs
from webapp.customers import blueprint
from webapp.customers.lookups import CONTACTS, asked
from webapp.database import db
from webapp.formatting import zone
from webapp.pages import show
from webapp.security import written_down

FILTERS = ("q", "segment", "contact", "permission", "suppressed", "country", "city", "from", "to")


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Everybody who fits the filters of the URL, newest first."""
    wanted = asked(request.args, zone())
    count, exact = find.how_many(db.session())
    return show(
        "customers/index.html",
        "found",
        page=paging.page(db.session(), find.matching(wanted), wanted.order, sparse=wanted.sparse),
        wanted=wanted,
        count=count,
        exact=exact,
        args={name: request.args[name] for name in FILTERS if request.args.get(name)},
        segments=[
            (outside(Prefix.SEGMENT, s.id), s.name) for s in db.session.scalars(select(Segment).order_by(Segment.name_key).limit(300))
        ],
        permissions=[(outside(Prefix.PERMISSION, p.id), p.name) for p in permissions.every(db.session())],
        contacts=CONTACTS,
    )


@blueprint.get("/list.csv")
@needs("edit customers")
@written_down
def download() -> Response:
    """The same customers as a file, streamed in short transactions."""
    wanted = asked(request.args, zone())
    audit.record(db.session(), actor(), "download customers", "", after={"filters": {k: v for k, v in request.args.items() if k != "q"}})
    db.session.commit()
    response = Response(stream_with_context(csv_writer.lines(_rows(wanted))), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=customers.csv"
    return response


def _rows(wanted: find.CustomerFilter) -> Iterator[list[Any]]:
    keys = list(metadata.types(db.session()))
    yield [*fields.EXPORTED, *keys, "created_at"]
    for batch in find.everybody(db.session(), wanted):
        for one in batch:
            facts = (field.words(getattr(one, field.key)) for field in fields.FIELDS)
            details = (metadata.words(one.details.get(key)) for key in keys)
            yield [outside(Prefix.CUSTOMER, one.id), *facts, *details, one.created_at.isoformat()]
        db.session.rollback()
