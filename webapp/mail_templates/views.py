"""See templates: the list with the drawings, one of them with its versions and its users, and each as the mail it makes."""

from typing import Any

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from domain.distributions.preview import sample
from domain.distributions.states import SAID
from domain.kernel.base import folded
from domain.messages.mail.brand import dressed
from domain.messages.mail.gallery import DRAWINGS, drawing
from domain.messages.mail.parts import BLOCKS, FORMAT, MailFormat
from domain.tables.distributions import MailTemplate, MailTemplateVersion
from domain.workspace.project import mail_look
from domain.workspace.templates import find
from webapp import paging, security
from webapp.access import needs
from webapp.database import db
from webapp.distributions.previews import with_pictures
from webapp.mail_templates import blueprint, lookups
from webapp.pages import show


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Own templates, by name, and the drawings."""
    return templates_page()


@blueprint.get("/<id>")
@needs("see")
def one(id: str) -> ResponseReturnValue:
    """The same with one of them opened beside it."""
    return templates_page(lookups.one(id))


def templates_page(chosen: find.FoundTemplate | None = None, status: int = 200, **more: Any) -> Response:
    """The page; `wrong` says what is wrong with what was sent."""
    session, asked = db.session(), request.args.get("q", "").strip()[:200]
    kind = chosen.row.kind if chosen else "section" if request.args.get("kind") == "section" else "mail"
    query = select(MailTemplate).where(MailTemplate.kind == kind)
    if asked:
        query = query.where(MailTemplate.name_key.contains(folded(asked), autoescape=True))
    page = paging.page(session, query, [MailTemplate.name_key.expression, MailTemplate.id.expression], descending=False)
    versions = find.versions(session, chosen.row.id) if chosen else []
    rows = find.found(session, [row[0] for row in page.rows])
    values: dict[str, Any] = {
        "rows": rows,
        "page": page,
        "q": asked,
        "kind": kind,
        "chosen": chosen,
        "versions": versions,
        "said": SAID,
        "drawings": DRAWINGS,
    }
    return show("mail_templates/index.html", status=status, **values, **{"wrong": "", **more})


@blueprint.get("/<id>/frame")
@needs("see")
def frame(id: str) -> Response:
    """One version of a template as the mail it makes, for its frame; without a number the latest."""
    found = lookups.one(id)
    number = request.args.get("version", found.row.version, type=int)
    version = db.session.get(MailTemplateVersion, (found.row.id, number)) if 0 < number < 1 << 31 else None
    if version is None:
        raise NotFound("There is no such version.")
    return _framed(dict(version.parts))


@blueprint.get("/drawings/<key>/frame")
@needs("see")
def drawing_frame(key: str) -> Response:
    """A drawing as the mail it makes, in the look of the brand."""
    found = drawing(key)
    if found is None:
        raise NotFound("There is no such drawing.")
    mail = dressed(found.mail, mail_look.of_project(db.session()))
    return _framed({FORMAT: MailFormat.BLOCKS.value, BLOCKS: mail.as_text(), "subject": found.subject, "preheader": found.preheader})


def _framed(parts: dict[str, str]) -> Response:
    made = sample.of_parts(db.session(), parts)
    body = made.parts.get("html") or render_template("distributions/mail_editor/nothing.html", said=made.problem)
    return security.framed(make_response(with_pictures(body), {"Content-Type": "text/html; charset=utf-8"}))
