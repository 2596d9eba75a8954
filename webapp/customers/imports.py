"""Import customers from a file: upload, say what its columns mean, watch, and read what was left out."""

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Response, abort, make_response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from domain.customers.imports import files, report, start
from domain.customers.imports.checks import remembered
from domain.customers.imports.exports.catalogue import known_exports
from domain.customers.imports.mapping import ImportSettings
from domain.customers.profiles import fields
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.errors import Refused
from domain.kernel.text import csv_writer
from domain.tables.imports import Import
from webapp import uploads
from webapp.access import actor, needs
from webapp.customers import blueprint
from webapp.database import db
from webapp.pages import BAD, go, show, toast
from webapp.security import csrf


@blueprint.get("/imports")
@needs("import customers")
def import_history() -> ResponseReturnValue:
    """All imports, and the form that begins another."""
    return history_page()


def history_page(status: int = 200, wrong: str = "") -> ResponseReturnValue:
    """The page of all imports, with what was wrong with an upload."""
    before = inside(Prefix.IMPORT, request.args.get("before", ""))
    entries = report.history(db.session(), before, size=21)
    more = outside(Prefix.IMPORT, entries[19].file.id) if len(entries) > 20 else ""
    return show(
        "customers/imports.html",
        status=status,
        entries=entries[:20],
        more=more,
        wrong=wrong,
        outside=address_of_import,
        largest=files.LARGEST,
        fields=fields.FIELDS,
        exports=known_exports(),
        mappings=remembered.every(db.session()),
    )


@blueprint.post("/imports")
@csrf.exempt  # type: ignore[untyped-decorator] # asked by `uploads.chosen`, once the form may be as large as it is
@needs("import customers")
def upload() -> ResponseReturnValue:
    """Keep the file, streamed to disk, and go on to what its columns mean."""
    try:
        chosen = uploads.chosen(files.LARGEST, files.folder())
    except RequestEntityTooLarge:
        return history_page(413, f"The file is larger than {files.LARGEST >> 20:,} MB. Split it and import the parts one after the other.")
    if chosen is None:
        return history_page(BAD, "Choose a file first.")
    try:
        file = start.upload(db.session(), actor(), chosen.stream, chosen.filename or "")
    except Refused as refused:
        db.session.rollback()
        return history_page(BAD, str(refused))
    with contextlib.suppress(Refused):  # columns that do not work yet are said on the page
        start.check(db.session(), actor(), file, ImportSettings.from_json(file.reading))
    db.session.commit()
    return go(url_for("customers.import_mapping", id=address_of_import(file)))


@blueprint.get("/imports/<id>")
@needs("import customers")
def import_progress(id: str) -> ResponseReturnValue:
    """How far it is, and in the end what became of the lines. Polled while it runs; 204 while nothing changed."""
    entry = report.entry(db.session(), file_of(id, lock=False).id)
    assert entry is not None
    if entry.job is None:
        return go(url_for("customers.import_mapping", id=id))
    mark = f"{entry.job.state}-{entry.job.done}"
    if request.headers.get("HX-Request") == "true" and request.args.get("mark") == mark:
        return make_response("", 204)
    remarks = report.first_remarks(db.session(), entry.file.id) if not entry.running else []
    return show("customers/import_progress.html", "progress", entry=entry, id=id, mark=mark, remarks=remarks)


@blueprint.get("/imports/<id>/report.csv")
@needs("import customers")
def import_report(id: str) -> Response:
    """Every line there is something to say about, streamed."""
    file = file_of(id, lock=False)
    name = Path(file.file_name).stem.encode("ascii", "ignore").decode().replace('"', "") or "customers"
    response = Response(stream_with_context(csv_writer.lines(_report(file))), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}, report.csv"'
    return response


def _report(file: Import) -> Iterator[list[Any]]:
    for n, row in enumerate(report.rows(db.session(), file)):
        yield row
        if n % 2_000 == 0:
            db.session.rollback()


@blueprint.post("/imports/<id>/stop")
@needs("import customers")
def import_stop(id: str) -> ResponseReturnValue:
    """Give up; what is merged stays."""
    file = file_of(id)
    running = file.job_id is not None
    start.discard(db.session(), actor(), file)
    db.session.commit()
    toast("The import was stopped. What was merged stays." if running else "The upload was thrown away.")
    return go(url_for("customers.import_progress", id=id) if running else url_for("customers.import_history"))


@blueprint.post("/imports/<id>/go-on")
@needs("import customers")
def import_go_on(id: str) -> ResponseReturnValue:
    """Take a failed import up again where it was."""
    with contextlib.suppress(Refused):
        start.go_on(db.session(), actor(), file_of(id))
        db.session.commit()
    return go(url_for("customers.import_progress", id=id))


@blueprint.post("/imports/mappings/<uuid:mapping>/forget")
@needs("import customers")
def forget_mapping(mapping: uuid.UUID) -> ResponseReturnValue:
    """Guess files with this header anew from now on."""
    remembered.forget(db.session(), actor(), mapping)
    db.session.commit()
    toast("Forgotten. The next such file is guessed anew.")
    return go(url_for("customers.import_history"))


def file_of(word: str, lock: bool = True) -> Import:
    """The import with this outside id, locked unless it is only looked at; 404 where there is none."""
    id = inside(Prefix.IMPORT, word)
    file = None if id is None else start.with_id(db.session(), id) if lock else db.session.get(Import, id)
    if file is None or file.of != "customers":
        abort(404)
    return file


def address_of_import(file: Import) -> str:
    """Its outside id, for addresses of pages."""
    return outside(Prefix.IMPORT, file.id)
