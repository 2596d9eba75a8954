"""What do the columns of an uploaded file mean? Guessed, asked of all its lines, decided by a person; then the import starts."""

import contextlib
import uuid
from dataclasses import replace

from flask import abort, make_response, request, url_for
from flask.typing import ResponseReturnValue

from domain.customers.consents import permissions
from domain.customers.imports import mapping, report, start
from domain.customers.imports.checks import contradictions, remembered, said
from domain.customers.imports.exports.catalogue import by_key
from domain.customers.imports.mapping import Column, ImportSettings
from domain.customers.imports.reading import inspect
from domain.customers.imports.reading.encodings import ENCODINGS
from domain.customers.profiles import fields, metadata
from domain.kernel import zones_and_currencies
from domain.kernel.errors import Refused
from domain.tables.imports import Import
from webapp.access import actor, needs
from webapp.customers import blueprint
from webapp.customers.imports import address_of_import, file_of, history_page
from webapp.database import db
from webapp.formatting import project
from webapp.forms import ORDERS, SIGNS
from webapp.pages import BAD, go, show, toast

SHOWN_ROWS = 6


@blueprint.route("/imports/<id>/columns", methods=["GET", "POST"])
@needs("import customers")
def import_mapping(id: str) -> ResponseReturnValue:
    """What the columns mean: guessed, shown with the first rows, decided by a person. Sent, it asks all lines again, or starts."""
    file = file_of(id, lock=request.method == "POST")
    if file.state != "uploaded":
        return go(url_for("customers.import_progress", id=id))
    if request.method == "GET":
        return _found(file) if "mark" in request.args else _mapping(file, ImportSettings.from_json(file.reading), {})
    if "reread" in request.form:
        return _reread(file)
    wanted = _wanted(ImportSettings.from_json(file.reading))
    try:
        (start.check if "check" in request.form else start.start)(db.session(), actor(), file, wanted)
    except Refused as refused:
        db.session.rollback()
        return _mapping(file_of(id), wanted, refused.mistakes, BAD)
    db.session.commit()
    return go(url_for("customers.import_mapping" if "check" in request.form else "customers.import_progress", id=id))


def _found(file: Import) -> ResponseReturnValue:
    """What all lines say, polled while they are looked through: 204 while nothing changed. The form is shown once they were."""
    if request.args["mark"] == _mark(file):
        return make_response("", 204)
    if request.args.get("form") == "no" and file.findings:
        return make_response("", 200, {"HX-Refresh": "true"})
    return _mapping(file, ImportSettings.from_json(file.reading), {}, block="found")


def _mark(file: Import) -> str:
    job = report.check_of(db.session(), file)
    return f"{job.state}-{job.done}" if job else ""


def _reread(file: Import) -> ResponseReturnValue:
    encoding, delimiter = request.form.get("encoding", ""), request.form.get("delimiter", "")
    if encoding not in ENCODINGS or delimiter not in inspect.DELIMITERS:
        abort(400)
    try:
        start.reread(db.session(), file, encoding, delimiter, "header" in request.form)
        begin_check(file)
    except Refused as refused:
        db.session.rollback()
        file = file_of(address_of_import(file))
        return _mapping(file, ImportSettings.from_json(file.reading), refused.mistakes, BAD)
    db.session.commit()
    return go(url_for("customers.import_mapping", id=address_of_import(file)))


def begin_check(file: Import) -> None:
    """Ask all lines, as far as the guess works; where it does not, the page says what is missing."""
    with contextlib.suppress(Refused):
        start.check(db.session(), actor(), file, ImportSettings.from_json(file.reading))


@blueprint.post("/imports/<id>/forget/<uuid:mapping>")
@needs("import customers")
def import_forget(id: str, mapping: uuid.UUID) -> ResponseReturnValue:
    """Forget how such files were read, and guess this one anew."""
    file = file_of(id)
    remembered.forget(db.session(), actor(), mapping)
    if file.state == "uploaded":
        dialect = ImportSettings.from_json(file.reading).dialect
        start.reread(db.session(), file, dialect.encoding, dialect.delimiter, dialect.header)
        begin_check(file)
    db.session.commit()
    toast("Forgotten. The columns were guessed anew.")
    return go(url_for("customers.import_mapping", id=id))


def _wanted(settings: ImportSettings) -> ImportSettings:
    """The settings as the form has them."""
    columns = []
    for n, _ in enumerate(settings.header):
        to, _, permission = request.form.get(f"to.{n}", "").partition(":")
        key = permission if to in mapping.OF_A_PERMISSION else request.form.get(f"key.{n}", "").strip() if to == "metadata" else ""
        columns.append(Column(to, key, request.form.get(f"type.{n}", "text") if to == "metadata" else "text"))
    dial_code = request.form.get("dial_code", "")
    return replace(
        settings,
        columns=tuple(columns),
        guessed=False,
        empty_clears="empty_clears" in request.form,
        react=request.form.get("react") == "yes",
        leave_out_line=request.form.get("wrong") == "line",
        day_first={"day": True, "month": False}.get(request.form.get("order", "")),
        decimal={".": ".", ",": ","}.get(request.form.get("decimal", ""), ""),
        dial_code=dial_code if dial_code in zones_and_currencies.dial_codes() else "",
    )


def _mapping(
    file: Import, settings: ImportSettings, mistakes: dict[str, str], status: int = 200, block: str = "columns"
) -> ResponseReturnValue:
    try:
        seen = start.seen_again(file)
    except Refused as refused:
        return history_page(BAD, str(refused))
    known = metadata.types(db.session())
    export = by_key(settings.export)
    said_by_all = said.of(db.session(), file, settings)
    return show(
        "customers/import_columns.html",
        block,
        status=status,
        file=file,
        id=address_of_import(file),
        settings=settings,
        rows=seen.rows[:SHOWN_ROWS],
        broken=seen.broken[:3],
        cells=[[cell for cell in seen.column(n) if cell.strip()][:3] for n, _ in enumerate(settings.header)],
        twice=_twice(settings.header),
        mistakes=mistakes,
        known=known,
        types=metadata.TYPES,
        fields=fields.FIELDS,
        special=mapping.SPECIAL,
        as_key=mapping.as_key,
        permissions=permissions.every(db.session()),
        encodings=ENCODINGS,
        letters=said.letters(file, settings),
        delimiters=inspect.DELIMITERS,
        listeners=start.listeners(db.session(), settings),
        export=export,
        unsettled=[] if export is None else said.unsettled(export, settings),
        without_permission=[] if export is None else said.without_permission(export, settings),
        before=None if settings.guessed else remembered.mapping_of(db.session(), settings.header),
        said=said_by_all,
        wanted={one.remedy for one in said_by_all.contradictions},
        remedies=_REMEDIES,
        remarks=report.first_remarks(db.session(), file.id, size=8) if said_by_all.ended else [],
        signs=SIGNS,
        orders=ORDERS,
        dial_codes=zones_and_currencies.dial_codes(),
        project_code=zones_and_currencies.dial_codes().get(project().dial_code, "none"),
        mark=_mark(file),
    )


_REMEDIES = {
    contradictions.ENCODING: "Choose another encoding above.",
    contradictions.DECIMAL: "Choose the sign before decimals below.",
    contradictions.ORDER: "Choose what comes first below.",
    contradictions.TYPE: "Make the column text to keep them.",
}


def _twice(header: tuple[str, ...]) -> list[str]:
    folded = [name.casefold() for name in header if name]
    return sorted({name for name in header if folded.count(name.casefold()) > 1})
