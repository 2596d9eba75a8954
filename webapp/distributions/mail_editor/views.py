"""The pages of the editor: the mail as it is edited, what its buttons post, and the mail itself for its frame."""

import uuid
from dataclasses import replace
from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.mistakes import NotNow
from domain.distributions.plan import check_channels, editors
from domain.distributions.preview import preview
from domain.kernel.errors import Stale
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.gallery import drawing
from domain.messages.mail.parts import BLOCKS, MailFormat, format_of
from domain.messages.mail.tree import read
from domain.tables.distributions import Distribution
from domain.tables.stored_json import Unreadable
from webapp import formatting, security
from webapp.access import actor, needs
from webapp.database import db
from webapp.distributions.blueprint import blueprint
from webapp.distributions.commands import refused
from webapp.distributions.layout import distribution_or_404
from webapp.distributions.mail_editor import form, verbs
from webapp.distributions.mail_editor.presenter import MailEditorView, editor, in_format, values
from webapp.distributions.previews import in_the_dark, in_the_light, with_pictures
from webapp.distributions.wizard.state import stand_in
from webapp.pages import BAD, go, show, toast, wants_block

CONFLICT = 409


def _channel(row: Distribution, key: str) -> tuple[Spec, ChannelSpec]:
    """The channel whose mail is edited; 404 where there is none, or where it carries no mail."""
    spec = draft.working(row)
    channel = spec.channel(key)
    mode = check_channels.mode_of(db.session(), channel) if channel else ""
    if channel is None or isinstance(mode, str) or editors.kind(mode[1]) != "email":
        abort(404)
    return spec, channel


def _draw(seen: MailEditorView, status: int = 200, push: str = "") -> Response:
    response = show("distributions/mail_editor/page.html", "editor", status=status, push=push, **values(db.session(), seen))
    if wants_block():
        response.headers["HX-Reswap"] = "outerMorph"
    return response


def _here(row: Distribution, key: str, chosen: str) -> str:
    """The address of the editor as it is seen now."""
    kept: dict[str, Any] = {name: request.values.get(name) or None for name in ("view", "dark", "as")}
    return url_for("distributions.mail", id=row.id, key=key, block=chosen or None, **kept)


@blueprint.get("/<id>/mail/<key>")
@needs("see")
def mail(id: uuid.UUID, key: str) -> ResponseReturnValue:
    """The editor of one channel's mail. Where nothing can be changed any more, the distribution's page."""
    row = distribution_or_404(id)
    if row.status != "draft" and row.side_spec is None:
        return go(url_for("distributions.one", id=id))
    spec, channel = _channel(row, key)
    return _draw(editor(db.session(), row, spec, channel, request.args.get("block", "")))


@blueprint.post("/<id>/mail/<key>")
@needs("edit distributions")
def change_mail(id: uuid.UUID, key: str) -> ResponseReturnValue:
    """Store what stands on the page, then do what the button asks."""
    session, row = db.session(), distribution_or_404(id)
    spec, channel = _channel(row, key)
    wrong: form.Wrong = {}
    chosen = request.form.get("block", "")
    try:
        changed, chosen = _changed(channel, chosen, wrong)
        if str(row.row_version) != request.form.get("row_version") and changed != channel:
            raise Stale(row.updated_by, row.updated_at, what=row.name)
        row = draft.store(session, row.id, spec.with_channel(changed), row.row_version, actor())
    except Stale as stale:
        if "auto" in request.args:
            return _autosave_conflict(row, key, stale)
        return _conflict(row, spec, channel, chosen, stale)
    except NotNow as why:
        return refused(why)
    except (TemplateError, Unreadable) as why:
        session.rollback()
        toast(str(why), kind="bad", icon="circle-alert")
        return go(_here(distribution_or_404(id), key, chosen))
    session.commit()
    return _answer(row, key, chosen, wrong)


def _answer(row: Distribution, key: str, chosen: str, wrong: form.Wrong) -> ResponseReturnValue:
    if request.form.get("do") == "done" and not wrong:
        return go(url_for("distributions.step", id=row.id, step="channels", _anchor=f"{key}-connection_id"))
    spec, channel = _channel(row, key)
    seen = editor(db.session(), row, spec, channel, chosen, wrong=wrong)
    if "auto" in request.args:
        page = render_template("distributions/mail_editor/_saved.html", saved_at=formatting.now(), **values(db.session(), seen))
        return make_response(page, BAD if wrong else 200)
    if wrong:
        return _draw(seen, BAD)
    return _draw(seen, push=_here(row, key, chosen)) if wants_block() else go(_here(row, key, chosen))


def _changed(channel: ChannelSpec, chosen: str, wrong: form.Wrong) -> tuple[ChannelSpec, str]:
    """The channel after what was typed, and after what the button did. Raises TemplateError or Unreadable, in words."""
    verb, _, told = request.form.get("do", "").partition(":")
    typed = replace(channel, parts=form.parts(request.form, channel.parts))
    if verb == "way":
        if told not in set(MailFormat):
            raise TemplateError("There is no such way of writing. Choose one from the list.")
        return in_format(typed, told), ""
    if verb == "begin" and (begun := drawing(told)) is not None:
        return replace(typed, parts=form.begun(typed.parts, begun)), ""
    if format_of(typed.parts) is not MailFormat.BLOCKS:
        return typed, chosen
    if verb == "put":
        made, chosen = verbs.undone(request.form.get("back", ""), chosen)
    else:
        made = form.mail(request.form, read(typed.parts.get(BLOCKS) or "{}"), wrong)
        if verb in verbs.VERBS and not wrong:
            made, chosen = verbs.VERBS[verb](made, told, chosen)
    read(made.as_text())  # too many blocks, or too long: said before it is stored
    return replace(typed, parts=form.with_mail(typed.parts, made)), chosen


def _said(stale: Stale) -> str:
    return f"{stale.by or 'Somebody'} changed this at {stale.at.astimezone(formatting.zone()):%H:%M:%S}."


def _autosave_conflict(row: Distribution, key: str, stale: Stale) -> Response:
    db.session.rollback()
    return make_response(render_template("distributions/mail_editor/_conflict.html", said=_said(stale), row=row, key=key), CONFLICT)


def _conflict(row: Distribution, spec: Spec, channel: ChannelSpec, chosen: str, stale: Stale) -> ResponseReturnValue:
    """Somebody saved in between: what they made is shown, and that nothing of this was stored."""
    db.session.rollback()
    row = distribution_or_404(row.id)
    said = f"{_said(stale)} Your last change is not stored."
    spec, channel = _channel(row, channel.key)
    return _draw(editor(db.session(), row, spec, channel, chosen, conflict=said), CONFLICT)


@blueprint.get("/<id>/mail/<key>/frame")
@needs("see")
def mail_frame(id: uuid.UUID, key: str) -> ResponseReturnValue:
    """The mail by itself for the canvas. It runs nothing: its policy allows no script and its frame allows none either."""
    row = distribution_or_404(id)
    spec, channel = _channel(row, key)
    made: Any = preview.of(db.session(), spec, channel, stand_in(db.session(), spec), id)
    body = made.parts.get("html") or render_template("distributions/mail_editor/nothing.html", said=made.problem)
    body = with_pictures(body)
    body = in_the_dark(body) if request.args.get("dark") == "1" else in_the_light(body)
    return security.measured(make_response(body, {"Content-Type": "text/html; charset=utf-8"}))
