"""The custom events: list, make, change, take away."""

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue

from domain.customers.profiles.metadata import TYPES
from domain.kernel import row_versions
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.errors import Refused, Stale
from domain.shop.custom_events import schemas
from domain.tables.shop import EventSchema
from webapp.access import actor, needs
from webapp.custom_events import blueprint
from webapp.custom_events.forms import EventForm
from webapp.database import db
from webapp.pages import BAD, go, show, toast


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """All of them."""
    rows = [(one, outside(Prefix.EVENT_SCHEMA, one.id), schemas.fields(one)) for one in schemas.every(db.session())]
    return show("custom_events/index.html", rows=rows, types=TYPES)


@blueprint.route("/new", methods=["GET", "POST"])
@needs("edit project")
def new() -> ResponseReturnValue:
    """A new one."""
    form = EventForm()
    if request.method == "POST":
        try:
            made = schemas.create(db.session(), actor(), form.name.data or "", form.said())
        except Refused as refused:
            db.session.rollback()
            form.tell(refused)
            return _form(form, None, BAD)
        db.session.commit()
        toast(f"“{made.name}” can be reported now.")
        return go(url_for("custom_events.index"))
    return _form(form, None)


@blueprint.route("/<id>", methods=["GET", "POST"])
@needs("edit project")
def edit(id: str) -> ResponseReturnValue:
    """Change what one says."""
    schema = _schema(id)
    form = EventForm(data={"name": schema.name, "row_version": str(schema.row_version), "fields": schema.fields})
    if request.method == "GET":
        return _form(form, schema)
    try:
        schemas.edit(db.session(), actor(), schema.id, form.said(), row_versions.read(form.row_version.data or ""))
    except Refused as refused:
        db.session.rollback()
        form.tell(refused)
        return _form(form, _schema(id), BAD)
    except Stale as stale:
        db.session.rollback()
        form.row_version.data = str(_schema(id).row_version)
        form.row_version.raw_data = None
        return _form(form, _schema(id), 409, stale)
    db.session.commit()
    toast("Saved.")
    return go(url_for("custom_events.index"))


@blueprint.post("/<id>/delete")
@needs("edit project")
def delete(id: str) -> ResponseReturnValue:
    """Refuse it from now on."""
    schema = _schema(id)
    try:
        schemas.delete(db.session(), actor(), schema)
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
        return go(url_for("custom_events.edit", id=id))
    db.session.commit()
    toast("The event is not taken any more. What was reported stays.")
    return go(url_for("custom_events.index"))


def _form(form: EventForm, schema: EventSchema | None, status: int = 200, stale: Stale | None = None) -> ResponseReturnValue:
    form.offer_more()
    id = outside(Prefix.EVENT_SCHEMA, schema.id) if schema else ""
    return show("custom_events/edit.html", "form", status=status, form=form, schema=schema, id=id, stale=stale)


def _schema(word: str) -> EventSchema:
    id = inside(Prefix.EVENT_SCHEMA, word)
    schema = db.session.get(EventSchema, id) if id else None
    if schema is None:
        abort(404)
    return schema
