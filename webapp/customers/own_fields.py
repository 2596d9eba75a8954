"""The fields of metadata: which there are, who carries them, what refers to them; rename, retype, merge, delete."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import abort, make_response, request, url_for
from flask.typing import ResponseReturnValue

from domain.customers.own_fields import change, find, uses
from domain.customers.profiles import metadata
from domain.kernel.errors import Refused
from domain.tables.customers import MetadataField
from webapp.access import actor, needs
from webapp.customers import blueprint
from webapp.database import db
from webapp.pages import BAD, go, show, toast


@blueprint.get("/fields")
@needs("edit customers")
def own_fields() -> ResponseReturnValue:
    """All of them. Polled while a change runs; 204 while nothing changed."""
    running = find.running(db.session())
    mark = f"{running.id}-{running.done}" if running else ""
    if request.headers.get("HX-Request") == "true" and request.args.get("mark") == mark:
        return make_response("", 204)
    rows = find.every(db.session())
    return show("customers/own_fields.html", "fields", rows=rows, running=running, mark=mark, types=metadata.TYPES)


@blueprint.post("/fields/count")
@needs("edit customers")
def count_own_fields() -> ResponseReturnValue:
    """Count anew who carries which."""
    try:
        find.count(db.session(), actor())
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
    db.session.commit()
    return go(url_for("customers.own_fields"))


@blueprint.get("/fields/<uuid:id>")
@needs("edit customers")
def own_field(id: uuid.UUID) -> ResponseReturnValue:
    """One field: what refers to it, and what can be done with it."""
    return _page(_field(id), {})


@blueprint.post("/fields/<uuid:id>/<action>")
@needs("edit customers")
def change_own_field(id: uuid.UUID, action: str) -> ResponseReturnValue:
    """Rename, check a type, retype, merge or delete it."""
    field = _field(id)
    if action not in _ACTIONS:
        abort(404)
    try:
        _ACTIONS[action](field)
    except Refused as refused:
        db.session.rollback()
        return _page(_field(id), {action: str(refused)}, BAD)
    db.session.commit()
    return go(url_for("customers.own_field", id=id) if action == "check" else url_for("customers.own_fields"))


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


def _merge(field: MetadataField) -> None:
    into = next((one for one in find.every(db.session()) if str(one.id) == _typed("into")), None)
    if into is None:
        raise Refused({"into": "Choose the field that stays."})
    change.merge(db.session(), actor(), field, into)


_ACTIONS: dict[str, Callable[[MetadataField], Any]] = {
    "rename": lambda field: change.rename(db.session(), actor(), field, _typed("key")),
    "check": lambda field: change.check(db.session(), actor(), field, _typed("type")),
    "retype": lambda field: change.retype(db.session(), actor(), field, _typed("type")),
    "merge": _merge,
    "delete": lambda field: change.delete_field(db.session(), actor(), field),
}


def _page(field: MetadataField, mistakes: dict[str, str], status: int = 200) -> ResponseReturnValue:
    session = db.session()
    running = find.running(session)  # asked first: what is running now is not shown as done by what is read after it
    job = find.last(session, field)
    checked = job if job is not None and job.cursor.get("action") == "check" and job.cursor.get("from") == field.key else None
    mark = f"{running.id}-{running.done}" if running else ""
    if request.headers.get("HX-Request") == "true" and request.args.get("mark") == mark:
        return make_response("", 204)
    return show(
        "customers/own_field.html",
        "field",
        status=status,
        field=field,
        uses=uses.uses_of(session, field.key),
        others=[one for one in find.every(session) if one.id != field.id],
        types=metadata.TYPES,
        running=running,
        checked=checked,
        mark=mark,
        mistakes=mistakes,
    )


def _field(id: uuid.UUID) -> MetadataField:
    field = find.with_id(db.session(), id)
    if field is None:
        abort(404)
    return field
