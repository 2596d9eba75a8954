"""The page of one campaign: its sentence, its figures, its codes; and adding codes to it."""

import uuid
from typing import Any

from flask import Response, make_response, render_template, request, send_file, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import IntegerField
from wtforms.validators import Optional

from domain.incentives.campaigns import find
from domain.incentives.campaigns.delete import why_not
from domain.incentives.campaigns.sentence import about, state
from domain.incentives.codes import export as exports
from domain.incentives.codes import generate
from domain.incentives.codes.find import CodeFilter, codes
from domain.incentives.codes.forecast import outlook
from domain.incentives.codes.pool import held
from domain.incentives.codes.reveal import masked
from domain.incentives.pool_alerts import setting
from domain.incentives.pool_files import kept as pool_files
from domain.incentives.pool_files import write
from domain.journal import outgoing_mail
from domain.kernel.errors import Refused
from domain.kernel.text import csv_writer
from domain.tables.incentives import Campaign, CodeFile, PoolAlert, Voucher
from domain.tables.journal import Job
from webapp.access import actor, can, needs
from webapp.campaigns import blueprint, lookups
from webapp.campaigns.own_pages import own_pages
from webapp.database import db
from webapp.formatting import now
from webapp.forms import Form
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.paging import page
from webapp.security import written_down


class AddForm(Form):
    """How many more."""

    count = IntegerField("How many more codes", validators=[Optional()], default=1000)


@blueprint.get("/<camp:id>")
@needs("see")
def detail(id: uuid.UUID) -> Response:
    """One campaign."""
    campaign = lookups.campaign(id)
    if (own := own_pages(campaign.kind).detail) is not None:
        return own(campaign, _head(campaign))
    asked = _asked()
    values: dict[str, Any] = {
        "page": page(db.session(), codes(db.session(), id, asked), by=[Voucher.id], descending=False),
        "asked": asked,
        "states": find.STATES,
        "masked": masked,
        "files": _files(id),
        "outlook": outlook(db.session(), campaign),
        "alert": _alert(id),
        "exports": pool_files.latest(db.session(), id) if can("reveal codes") else (),
    }
    return show("campaigns/detail.html", "codes", **_head(campaign), **values, **_making(campaign))


@blueprint.get("/<camp:id>/making")
@needs("see")
def making(id: uuid.UUID) -> ResponseReturnValue:
    """How far the making of codes came; nothing where that has not changed, the whole page anew at the end."""
    campaign = lookups.campaign(id)
    now_making = _making(campaign)
    if not now_making["jobs"]:
        return "", 200, {"HX-Refresh": "true"}
    if request.args.get("seen") == str(now_making["made"]):
        return "", 204
    values: dict[str, Any] = {"campaign": campaign, "outlook": outlook(db.session(), campaign)}
    return show("campaigns/detail.html", "now", **values, **now_making)


@blueprint.route("/<camp:id>/add", methods=["GET", "POST"])
@needs("edit campaigns")
def add(id: uuid.UUID) -> ResponseReturnValue:
    """Make more codes."""
    campaign, form = lookups.pool_campaign(id), AddForm()
    if not campaign.pattern:
        return go(url_for(".import_codes", id=id))
    if request.method == "GET":
        return show("campaigns/add.html", form=form, campaign=campaign, outlook=outlook(db.session(), campaign))
    try:
        if form.count.process_errors:
            raise Refused({"count": "Write a whole number."})
        generate.ask(db.session(), actor(), campaign, form.count.data or 0)
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        campaign = lookups.pool_campaign(id)
        return show("campaigns/add.html", "form", BAD, form=form, campaign=campaign, outlook=outlook(db.session(), campaign))
    db.session.commit()
    toast(f"{form.count.data:,} codes are on their way.")
    return go(url_for(".detail", id=id))


@blueprint.post("/<camp:id>/codes.csv")
@needs("reveal codes")
def export(id: uuid.UUID) -> ResponseReturnValue:
    """The codes of the same filter as a file. A POST, because it is written down who took them."""
    campaign = lookups.pool_campaign(id)
    asked = CodeFilter(request.form.get("text", "").strip(), request.form.get("state", ""))
    if (many := held(db.session(), id)) > write.AT_ONCE:
        write.ask(db.session(), actor(), campaign, asked, many)
        db.session.commit()
        toast("The file is being written. It lies here for a day.")
        return go(url_for(".detail", id=id, _anchor="exports"))
    exports.written(db.session(), actor(), campaign, asked)
    db.session.commit()
    lines = csv_writer.lines(exports.rows(db.session(), id, asked))
    return _file(lines, f"codes-{'-'.join(campaign.name_key.split())}")


@blueprint.get("/<camp:id>/exports")
@needs("reveal codes")
def exported(id: uuid.UUID) -> Response:
    """The files of codes that were asked for, and how far they are."""
    campaign = lookups.pool_campaign(id)
    return make_response(render_template("campaigns/_exports.html", campaign=campaign, exports=pool_files.latest(db.session(), id)))


@blueprint.get("/<camp:id>/exports/<uuid:job_id>")
@needs("reveal codes")
@written_down
def take_export(id: uuid.UUID, job_id: uuid.UUID) -> Response:
    """Such a file. Who takes it is written down once more."""
    campaign, job = lookups.pool_campaign(id), lookups.export(id, job_id)
    exports.written(db.session(), actor(), campaign, CodeFilter(job.cursor["text"], job.cursor["state"]))
    db.session.commit()
    name = f"codes-{'-'.join(campaign.name_key.split())}"
    return _named(send_file(pool_files.path(job), mimetype="text/csv", max_age=0), name)


def _alert(id: uuid.UUID) -> dict[str, Any] | None:
    """Who is told when few codes are left, and when that was done last; None: nobody."""
    row, wish = db.session.get(PoolAlert, id), setting.setting(db.session(), id)
    if row is None or wish is None:
        return None
    waits = bool(wish.addresses) and not outgoing_mail.possible(db.session())
    return {"words": setting.in_words(db.session(), wish), "told_at": row.told_at, "mail_waits": waits}


def _files(id: uuid.UUID) -> list[Any]:
    """The latest lists that were read into it, with their jobs."""
    lists = select(CodeFile, Job).outerjoin(Job, Job.id == CodeFile.job_id).where(CodeFile.campaign_id == id)
    return list(db.session.execute(lists.order_by(CodeFile.id.desc()).limit(5)))


def _file(lines: Any, name: str) -> Response:
    return _named(Response(stream_with_context(lines), mimetype="text/csv"), name)


def _named(response: Response, name: str) -> Response:
    """To be saved under this name and the day, and to lie in no cache."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c == "-") else "" for c in name)
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}-{now():%Y-%m-%d}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked() -> CodeFilter:
    return CodeFilter(request.args.get("text", "").strip(), request.args.get("state", ""), by_code=can("reveal codes"))


def _head(campaign: Campaign) -> dict[str, Any]:
    kept = why_not(db.session(), campaign)
    return {"campaign": campaign, "about": about(db.session(), campaign), "state": state(db.session(), campaign), "kept": kept}


def _making(campaign: Campaign) -> dict[str, Any]:
    jobs = generate.open_jobs(db.session(), campaign)
    return {"jobs": jobs, "made": sum(j.done for j in jobs), "asked_for": sum(j.total for j in jobs)}
