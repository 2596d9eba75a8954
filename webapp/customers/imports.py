"""Import customers from a file: upload, say what its columns mean, watch, and read what was left out."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from flask import Response, abort, current_app, make_response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from domain.customers.consents import permissions
from domain.customers.imports import files, inspect, mapping, report, start
from domain.customers.imports.mapping import Column, ImportSettings
from domain.customers.profiles import fields, metadata
from domain.kernel import csv_writer
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Import
from webapp.access import actor, needs
from webapp.customers import blueprint
from webapp.database import db
from webapp.pages import BAD, go, show, toast
from webapp.security import csrf

SHOWN_ROWS = 6


@blueprint.get("/imports")
@needs("import customers")
def import_history() -> ResponseReturnValue:
    """All imports, and the form that begins another."""
    return _history()


def _history(status: int = 200, wrong: str = "") -> ResponseReturnValue:
    before = inside(Prefix.IMPORT, request.args.get("before", ""))
    entries = report.history(db.session(), before, size=21)
    more = outside(Prefix.IMPORT, entries[19].file.id) if len(entries) > 20 else ""
    return show(
        "customers/imports.html",
        status=status,
        entries=entries[:20],
        more=more,
        wrong=wrong,
        outside=_outside,
        largest=files.LARGEST,
        fields=fields.FIELDS,
    )


@blueprint.post("/imports")
@csrf.exempt  # type: ignore[untyped-decorator]  # asked below, once the form may be as large as it is
@needs("import customers")
def upload() -> ResponseReturnValue:
    """Keep the file, streamed to disk, and go on to what its columns mean."""
    request.max_content_length = files.LARGEST + (1 << 20)
    request._get_file_stream = _stream  # type: ignore[method-assign]
    try:
        if current_app.config["WTF_CSRF_ENABLED"]:
            csrf.protect()
        chosen = request.files.get("file")
    except RequestEntityTooLarge:
        return _history(413, f"The file is larger than {files.LARGEST >> 20:,} MB. Split it and import the parts one after the other.")
    if chosen is None or not chosen.filename:
        return _history(BAD, "Choose a file first.")
    try:
        file = start.upload(db.session(), actor(), chosen.stream, chosen.filename)
    except Refused as refused:
        db.session.rollback()
        return _history(BAD, str(refused))
    db.session.commit()
    return go(url_for("customers.import_mapping", id=_outside(file)))


def _stream(*about: Any, **more: Any) -> IO[bytes]:
    """Where the request puts a file while it comes in: on the disk that has room for it."""
    return tempfile.TemporaryFile(dir=files.folder())


@blueprint.route("/imports/<id>/columns", methods=["GET", "POST"])
@needs("import customers")
def import_mapping(id: str) -> ResponseReturnValue:
    """What the columns mean: guessed, shown with the first rows, decided by a person. Sent, it starts the import."""
    file = _file(id)
    if file.state != "uploaded":
        return go(url_for("customers.import_progress", id=id))
    if request.method == "GET":
        return _mapping(file, ImportSettings.from_json(file.reading), {})
    if "reread" in request.form:
        return _reread(file)
    wanted = _wanted(ImportSettings.from_json(file.reading))
    try:
        start.start(db.session(), actor(), file, wanted)
    except Refused as refused:
        db.session.rollback()
        return _mapping(file, wanted, refused.mistakes, BAD)
    db.session.commit()
    return go(url_for("customers.import_progress", id=id))


def _reread(file: Import) -> ResponseReturnValue:
    encoding, delimiter = request.form.get("encoding", ""), request.form.get("delimiter", "")
    if encoding not in inspect.ENCODINGS or delimiter not in inspect.DELIMITERS:
        abort(400)
    try:
        start.reread(db.session(), file, encoding, delimiter, "header" in request.form)
    except Refused as refused:
        db.session.rollback()
        return _mapping(_file(_outside(file)), ImportSettings.from_json(file.reading), refused.mistakes, BAD)
    db.session.commit()
    return go(url_for("customers.import_mapping", id=_outside(file)))


def _wanted(settings: ImportSettings) -> ImportSettings:
    """The settings as the form has them."""
    columns = []
    for n, _ in enumerate(settings.header):
        to, _, permission = request.form.get(f"to.{n}", "").partition(":")
        key = permission if to == "consent" else request.form.get(f"key.{n}", "").strip() if to == "metadata" else ""
        columns.append(Column(to, key, request.form.get(f"type.{n}", "text") if to == "metadata" else "text"))
    return replace(
        settings,
        columns=tuple(columns),
        empty_clears="empty_clears" in request.form,
        react=request.form.get("react") == "yes",
        leave_out_line=request.form.get("wrong", "line") != "cell",
        day_first=request.form.get("day_first", "yes") == "yes",
    )


def _mapping(file: Import, settings: ImportSettings, mistakes: dict[str, str], status: int = 200) -> ResponseReturnValue:
    try:
        seen = start.seen_again(file)
    except Refused as refused:
        return _history(BAD, str(refused))
    known = metadata.types(db.session())
    return show(
        "customers/import_columns.html",
        "columns",
        status=status,
        file=file,
        id=_outside(file),
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
        encodings=inspect.ENCODINGS,
        delimiters=inspect.DELIMITERS,
        listeners=start.listeners(db.session(), settings),
    )


def _twice(header: tuple[str, ...]) -> list[str]:
    folded = [name.casefold() for name in header if name]
    return sorted({name for name in header if folded.count(name.casefold()) > 1})


@blueprint.get("/imports/<id>")
@needs("import customers")
def import_progress(id: str) -> ResponseReturnValue:
    """How far it is, and in the end what became of the lines. Polled while it runs; 204 while nothing changed."""
    entry = report.entry(db.session(), _file(id, lock=False).id)
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
    file = _file(id, lock=False)
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
    file = _file(id)
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
        start.go_on(db.session(), actor(), _file(id))
        db.session.commit()
    return go(url_for("customers.import_progress", id=id))


def _file(word: str, lock: bool = True) -> Import:
    id = inside(Prefix.IMPORT, word)
    file = None if id is None else start.found(db.session(), id) if lock else db.session.get(Import, id)
    if file is None:
        abort(404)
    return file


def _outside(file: Import) -> str:
    return outside(Prefix.IMPORT, file.id)
