"""Lists that come in: codes from elsewhere, and codes that were used in the shop. Then what was made of each line."""

import uuid
from typing import Any

from flask import Response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from sqlalchemy import select
from wtforms import SelectField, TextAreaField

from domain.incentives.codes import export, files
from domain.kernel.errors import Refused
from domain.kernel.text import csv_writer
from domain.tables.incentives import Campaign, CodeFile, CodeRemark
from domain.tables.journal import Job
from webapp.access import actor, can, needs
from webapp.campaigns import blueprint, lookups
from webapp.database import db
from webapp.forms import ORDERS, SIGNS, Form
from webapp.pages import BAD, go, show, show_field_errors

SHOWN = 20
"""Remarks on the page; the file has them all."""


class CampaignListForm(Form):
    """A file, or the same pasted."""

    file = FileField("A file", description="CSV or text, one code a line.")
    pasted = TextAreaField("Or paste them", description="One code a line.")

    decimal = SelectField("Amounts like 1,000 or 1.500", choices=SIGNS)
    order = SelectField("Dates like 02/06/2026", choices=ORDERS)

    def content(self) -> tuple[str, bytes]:
        """The name and the bytes of what was given."""
        upload = self.file.data
        if upload:
            return upload.filename or "list.csv", upload.read()
        return "Pasted", (self.pasted.data or "").encode()

    def decided(self) -> dict[str, Any]:
        """What the person says of amounts and dates that could be read in two ways."""
        return {"decimal": self.decimal.data or "", "day_first": {"day": True, "month": False}.get(self.order.data or "")}


@blueprint.route("/<camp:id>/import", methods=["GET", "POST"])
@needs("edit campaigns")
def import_codes(id: uuid.UUID) -> ResponseReturnValue:
    """Take in codes that exist already."""
    return _take_in(lookups.pool_campaign(id), "codes")


@blueprint.route("/<camp:id>/import-used", methods=["GET", "POST"])
@needs("edit campaigns")
def import_used(id: uuid.UUID) -> ResponseReturnValue:
    """Take in which codes were used."""
    return _take_in(lookups.pool_campaign(id), "used")


def _take_in(campaign: Campaign, kind: str) -> ResponseReturnValue:
    form = CampaignListForm()
    if request.method == "GET":
        return show("campaigns/import.html", form=form, campaign=campaign, kind=kind)
    try:
        file = files.begin(db.session(), actor(), campaign, kind, *form.content(), decided=form.decided())
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("campaigns/import.html", "form", BAD, form=form, campaign=lookups.pool_campaign(campaign.id), kind=kind)
    db.session.commit()
    return go(url_for(".read_list", id=campaign.id, file_id=file.id))


@blueprint.get("/<camp:id>/lists/<uuid:file_id>")
@needs("see")
def read_list(id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """How far a list is read, and what there is to say about its lines. Asked again by htmx: nothing where nothing changed."""
    campaign, file = lookups.file(id, file_id)
    job = db.session.get(Job, file.job_id) if file.job_id else None
    stands = f"{job.state} {job.done}" if job else ""
    if stands and request.args.get("seen") == stands:
        return "", 204
    remarks = select(CodeRemark).where(CodeRemark.file_id == file_id).order_by(CodeRemark.line).limit(SHOWN)
    rows = db.session.scalars(remarks).all()
    return show(
        "campaigns/list.html", "progress", campaign=campaign, file=file, job=job, remarks=rows, seen=stands, clear=can("reveal codes")
    )


@blueprint.get("/<camp:id>/lists/<uuid:file_id>/remarks.csv")
@needs("edit campaigns")
def remarks_file(id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """Every line that was left out or needs a look, with the reason."""
    _, file = lookups.file(id, file_id)
    return _csv(file)


def _csv(file: CodeFile) -> Response:
    lines = csv_writer.lines(export.remarks(db.session(), file.id))
    headers = {"Content-Disposition": 'attachment; filename="lines-left-out.csv"', "Cache-Control": "no-store"}
    return Response(stream_with_context(lines), mimetype="text/csv", headers=headers)
