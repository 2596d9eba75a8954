"""Do something with a segment: copy it, sync it again, take its members out as a file, delete it."""

from collections.abc import Iterator
from typing import Any

from flask import Response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from domain.customers.membership import sync
from domain.customers.profiles.fields import brief
from domain.customers.segments import create
from domain.customers.segments import delete as removal
from domain.journal import audit
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused
from domain.kernel.text.csv_writer import lines
from domain.tables.customers import Customer, Member
from webapp.access import actor, needs
from webapp.database import db
from webapp.pages import BAD, go, toast
from webapp.security import written_down
from webapp.segments import blueprint, lookups
from webapp.segments.views import detail_page

CHUNK = 2_000
HEAD = ("id", *(field.key for field in brief()), "entered_at")


@blueprint.post("/<id>/duplicate")
@needs("edit segments")
def duplicate(id: str) -> ResponseReturnValue:
    """Make a copy under a name of its own."""
    copy = create.copy(db.session(), actor(), lookups.one(id))
    db.session.commit()
    toast(f"Copied as “{copy.name}”.")
    return go(url_for("segments.change", id=lookups.word(copy.id)))


@blueprint.post("/<id>/retry")
@needs("edit segments")
def retry(id: str) -> ResponseReturnValue:
    """Look for the members again after a failure."""
    segment = lookups.one(id)
    if segment.sync == "failed":
        sync.retry(db.session(), actor(), segment)
        db.session.commit()
    return go(url_for("segments.detail", id=id))


@blueprint.post("/<id>/delete")
@needs("edit segments")
def delete(id: str) -> ResponseReturnValue:
    """Delete it, once its name was typed."""
    segment = lookups.one(id)
    try:
        if folded(request.form.get("confirm", "")) != segment.name_key:
            raise Refused({"": f"Nothing was deleted: type “{segment.name}” to confirm."})
        removal.delete(db.session(), actor(), segment)
    except Refused as refused:
        return detail_page(segment, BAD, str(refused))
    db.session.commit()
    toast(f"“{segment.name}” is deleted. Its people are still customers.")
    return go(url_for("segments.index"))


@blueprint.get("/<id>/members.csv")
@needs("edit segments")
@written_down
def export(id: str) -> Response:
    """Its members as a file, read in pages while it is sent."""
    segment = lookups.one(id)
    audit.record(db.session(), actor(), "export segment", outside(Prefix.SEGMENT, segment.id), segment.name)
    db.session.commit()
    rows = stream_with_context(lines(_rows(segment.id)))
    name = "".join(c if c.isalnum() and c.isascii() else "-" for c in segment.name.lower()).strip("-") or "segment"
    return Response(rows, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})


def _rows(segment_id: Any) -> Iterator[tuple[Any, ...]]:
    yield HEAD
    query = select(Customer.id, *(getattr(Customer, field.key) for field in brief()), Member.entered_at).join(
        Member, Member.customer_id == Customer.id
    )
    query = query.where(Member.segment_id == segment_id).order_by(Member.customer_id).limit(CHUNK)
    page = db.session.execute(query).all()
    while page:
        for row in page:
            yield outside(Prefix.CUSTOMER, row[0]), *row[1:-1], row[-1].isoformat()
        page = db.session.execute(query.where(Member.customer_id > page[-1][0])).all()
