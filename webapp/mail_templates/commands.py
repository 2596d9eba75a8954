"""Do something with a template: rename, duplicate, go back to a version, delete; take it out as a file, and bring one in."""

from collections.abc import Callable

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused
from domain.tables.distributions import MailTemplate
from domain.workspace.templates import files, keep
from webapp.access import actor, needs
from webapp.database import db
from webapp.mail_templates import blueprint, lookups
from webapp.mail_templates.views import templates_page
from webapp.pages import BAD, go, toast

EDIT = "edit distributions"
"""Who writes mails keeps templates, too."""


def _address(row: MailTemplate) -> str:
    return url_for("mail_templates.one", id=outside(Prefix.TEMPLATE, row.id))


def _did(id: str, do: Callable[[MailTemplate], MailTemplate], said: str) -> ResponseReturnValue:
    """Do it and go to what came of it; or the page again, with what is wrong."""
    try:
        row = do(lookups.one(id).row)
    except Refused as refused:
        db.session.rollback()
        return templates_page(lookups.one(id), BAD, wrong=str(refused))
    db.session.commit()
    toast(said.format(name=row.name, version=row.version))
    return go(_address(row))


@blueprint.post("/<id>/rename")
@needs(EDIT)
def rename(id: str) -> ResponseReturnValue:
    """Give it another name."""
    return _did(id, lambda row: keep.rename(db.session(), actor(), row.id, request.form.get("name", "")), "It is called “{name}” now.")


@blueprint.post("/<id>/duplicate")
@needs(EDIT)
def duplicate(id: str) -> ResponseReturnValue:
    """Another one that begins with its latest version."""
    return _did(id, lambda row: keep.duplicate(db.session(), actor(), row.id), "Copied as “{name}”.")


@blueprint.post("/<id>/back")
@needs(EDIT)
def back(id: str) -> ResponseReturnValue:
    """Make an older version the next one."""
    number = request.form.get("version", 0, type=int)
    wanted = number if 0 < number < 1 << 31 else 0
    return _did(id, lambda row: keep.go_back(db.session(), actor(), row.id, wanted), "“{name}” is at version {version}.")


@blueprint.post("/<id>/delete")
@needs(EDIT)
def delete(id: str) -> ResponseReturnValue:
    """Delete it, once its name was typed."""
    found = lookups.one(id)
    if folded(request.form.get("confirm", "")) != found.row.name_key:
        return templates_page(found, BAD, wrong=f"Nothing was deleted: type “{found.row.name}” to confirm.")
    kind = found.row.kind
    name = keep.delete(db.session(), actor(), found.row.id)
    db.session.commit()
    toast(f"“{name}” is deleted. Mails that were begun with it stay as they are.")
    return go(url_for("mail_templates.index", kind=kind if kind == keep.SECTION else None))


@blueprint.get("/<id>/export")
@needs("see")
def export(id: str) -> Response:
    """Its latest version as a file, with its pictures."""
    found = lookups.one(id)
    response = Response(files.exported(db.session(), found.row, found.latest), mimetype="application/json")
    name = (
        "".join(letter for letter in found.row.name.encode("ascii", "ignore").decode() if letter.isalnum() or letter in " -_") or "template"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name.strip()}.mail.json"'
    return response


@blueprint.post("/import")
@needs(EDIT)
def bring_in() -> ResponseReturnValue:
    """Bring a file in that was exported here or elsewhere."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Refused({"file": "Choose a file first."})
        row = files.imported(db.session(), actor(), file.stream.read(files.LARGEST + 1))
    except Refused as refused:
        db.session.rollback()
        return templates_page(status=BAD, wrong=str(refused))
    db.session.commit()
    toast(f"“{row.name}” is among your templates now.")
    return go(_address(row))
