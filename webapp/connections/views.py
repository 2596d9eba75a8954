"""Pages of connections."""

from flask import abort, flash, get_flashed_messages, request, url_for
from flask.typing import ResponseReturnValue

from domain.connections import breaker, check, configured, edit, held, pause
from domain.kernel import row_versions
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.errors import Refused
from domain.sending.receipts import mailboxes, tell_opt_outs
from domain.tables import workspace
from domain.tables.connections import Connection
from integrations import catalogue
from integrations.contract import Check, Provider
from webapp.access import actor, can, needs
from webapp.connections import blueprint
from webapp.connections.forms import PREFIX, ConnectionForm, form_for
from webapp.connections.presenters import saved, sentence, settings_in_words, warned
from webapp.database import db
from webapp.http_client import http
from webapp.pages import BAD, go, show, toast, wants_block

ICONS = {"email": "mail", "sms": "message-square", "webhook": "webhook", "platform": "layers"}


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Which providers work, and which do not."""
    rows = [(connection, _provider(connection)) for connection in edit.listed(db.session())]
    holding = {one.id: one for one in held.held(db.session(), [connection.id for connection, _ in rows])}
    said = sentence([connection for connection, _ in rows])
    return show("connections/index.html", rows=rows, icons=ICONS, sentence=said, outside=_outside, held=holding)


@blueprint.get("/new")
@needs("edit connections")
def choose() -> ResponseReturnValue:
    """Which provider?"""
    return show("connections/choose.html", providers=catalogue.providers(), icons=ICONS)


@blueprint.route("/new/<key>", methods=["GET", "POST"])
@needs("edit connections")
def new(key: str) -> ResponseReturnValue:
    """Set up a new connection; a secret that was made here is shown once, in the answer to this very post."""
    if key not in catalogue.keys():  # noqa: SIM118 - a function of the catalogue
        abort(404)
    provider, session = catalogue.provider(key), db.session()
    form = form_for(provider, name=edit.free_name(session, provider))
    if request.method == "GET":
        return show("connections/new.html", provider=provider, form=form, prefix=PREFIX)
    if not form.validate():
        return show("connections/new.html", status=BAD, provider=provider, form=form, prefix=PREFIX)
    try:
        connection, typed = edit.create(session, actor(), key, form.name.data or "", form.values(), **form.own())
    except Refused as refused:
        session.rollback()
        form.show_mistakes(refused.mistakes)
        return show("connections/new.html", status=BAD, provider=provider, form=form, prefix=PREFIX)
    session.commit()
    where = url_for(".one", id=_outside(connection))
    if typed.made:
        made = [(field.label, typed.made[field.key]) for field in provider.fields if field.key in typed.made]
        return show("connections/made.html", connection=connection, provider=provider, made=made, where=where)
    toast(f"“{connection.name}” is added. Test it before you send.")
    return go(where)


@blueprint.get("/<id>")
@needs("see")
def one(id: str) -> ResponseReturnValue:
    """One connection: does it work, how is it set up, who uses it?"""
    connection = _found(id)
    return _page(connection, found=_flashed())


@blueprint.post("/<id>")
@needs("edit connections")
def change(id: str) -> ResponseReturnValue:
    """Save its settings."""
    connection, session = _found(id), db.session()
    provider = configured.provider_of(connection)
    form = form_for(provider, saved=saved(connection, provider))
    if not form.validate():
        return _page(connection, form, BAD)
    try:
        edit.change(
            session,
            actor(),
            connection,
            form.row_version.data or 0,
            form.name.data or "",
            form.values(),
            cleared=form.cleared(),
            **form.own(),
        )
    except Refused as refused:
        session.rollback()
        form.show_mistakes(refused.mistakes)
        return _page(connection, form, BAD)
    session.commit()
    toast("Saved. Test it before you send.")
    return go(url_for(".one", id=id))


@blueprint.post("/<id>/test")
@needs("edit connections")
def test(id: str) -> ResponseReturnValue:
    """Test connection: asked without a transaction, kept as its health."""
    connection, session = _found(id), db.session()
    try:
        question = check.ask(session, connection.id)
    except Refused as refused:
        session.rollback()
        return _tested(connection, Check(works=False, problems=(str(refused),)), BAD)
    session.commit()
    found = check.call(http(), question)
    check.record(session, question, found, actor())
    session.commit()
    return _tested(connection, found, 200)


@blueprint.post("/<id>/pause")
@needs("edit connections")
def stop(id: str) -> ResponseReturnValue:
    """Let it send no more for a while."""
    connection = _found(id)
    pause.pause(db.session(), connection.id, f"Paused by {actor().name}.", actor())
    db.session.commit()
    toast(f"“{connection.name}” is paused; its messages wait.", action="Resume", post=url_for(".go_on", id=id))
    return go(url_for(".one", id=id))


@blueprint.post("/<id>/resume")
@needs("edit connections")
def go_on(id: str) -> ResponseReturnValue:
    """Let it send again."""
    connection = _found(id)
    pause.resume(db.session(), connection.id, actor())
    db.session.commit()
    toast(f"“{connection.name}” sends again.")
    return go(url_for(".one", id=id))


@blueprint.post("/<id>/try")
@needs("launch")
def try_now(id: str) -> ResponseReturnValue:
    """Do not wait for what the provider asked, or for the next trial."""
    connection = _found(id)
    waited = breaker.try_now(db.session(), connection, actor())
    db.session.commit()
    toast(f"“{connection.name}” tries now." if waited else f"“{connection.name}” waits for nothing any more.")
    return go(url_for(".one", id=id))


@blueprint.post("/<id>/archive")
@needs("edit connections")
def archive(id: str) -> ResponseReturnValue:
    """Put it away."""
    connection, session = _found(id), db.session()
    try:
        edit.archive(session, actor(), connection, row_versions.read(request.form.get("row_version")))
    except Refused as refused:
        session.rollback()
        form = _form(connection, _provider(connection))
        if form is not None:
            form.show_mistakes(refused.mistakes)
        return _page(connection, form, BAD)
    session.commit()
    toast(f"“{connection.name}” is put away, and its credentials are forgotten.")
    return go(url_for(".index"))


def _found(id: str) -> Connection:
    inner = inside(Prefix.CONNECTION, id)
    connection = db.session.get(Connection, inner) if inner else None
    if connection is None or connection.archived_at is not None:
        abort(404)
    return connection


def _outside(connection: Connection) -> str:
    return outside(Prefix.CONNECTION, connection.id)


def _provider(connection: Connection) -> Provider | None:
    try:
        return configured.provider_of(connection)
    except configured.Unusable:
        return None


def _page(connection: Connection, form: ConnectionForm | None = None, status: int = 200, found: Check | None = None) -> ResponseReturnValue:
    provider, session = _provider(connection), db.session()
    receipts = f"{workspace.public_url(workspace.current_project(session))}{url_for('receipts.take', word=connection.receipt_word)}"
    return show(
        "connections/one.html",
        status=status,
        connection=connection,
        id=_outside(connection),
        provider=provider,
        form=form or _form(connection, provider),
        told=settings_in_words(connection, provider),
        used=edit.used_by(session, connection.id),
        receipts=receipts,
        found=found,
        warned=warned(connection, provider),
        icons=ICONS,
        prefix=PREFIX,
        held=held.held(session, [connection.id]),
        told_outward=tell_opt_outs.counts(session, connection.id),
        mailbox=mailboxes.of(session, connection.id),
    )


def _tested(connection: Connection, found: Check, status: int) -> ResponseReturnValue:
    """The answer of a test: its block for htmx; else the page again, told what was found."""
    id = _outside(connection)
    if wants_block():
        holding = held.held(db.session(), [connection.id])
        return show(
            "connections/one.html",
            "health",
            status,
            connection=connection,
            id=id,
            found=found,
            provider=_provider(connection),
            held=holding,
        )
    flash({"works": found.works, "problems": found.problems, "notes": found.notes}, "test")  # type: ignore[arg-type] # the stubs know texts alone, JSON is kept
    return go(url_for(".one", id=id))


def _flashed() -> Check | None:
    for said in get_flashed_messages(category_filter=["test"]):
        if isinstance(said, dict):
            return Check(bool(said["works"]), tuple(said["problems"]), tuple(said["notes"]))
    return None


def _form(connection: Connection, provider: Provider | None) -> ConnectionForm | None:
    if provider is None or not can("edit connections"):
        return None
    return form_for(provider, connection, saved(connection, provider))
