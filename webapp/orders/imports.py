"""Import orders of before from a file: upload, say what its columns mean, check all lines, watch, and read what was left out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Response, abort, make_response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from domain.customers.imports import files, report
from domain.customers.imports.mapping import ImportSettings
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.errors import Refused
from domain.kernel.text import csv_writer
from domain.shop.imports import start
from domain.shop.imports.columns import MEANINGS
from domain.tables.imports import Import
from webapp import uploads
from webapp.access import actor, needs
from webapp.database import db
from webapp.orders import blueprint, presenters
from webapp.pages import BAD, go, show, toast
from webapp.security import csrf

SHOWN_ROWS = 6


@blueprint.get("/imports")
@needs("import customers")
def import_history() -> ResponseReturnValue:
    """All imports of orders, and the form that begins another."""
    return _history()


def _history(status: int = 200, wrong: str = "") -> ResponseReturnValue:
    entries = start.history(db.session())
    return show("orders/imports.html", status=status, entries=entries, wrong=wrong, outside=_address, largest=files.LARGEST)


@blueprint.post("/imports")
@csrf.exempt  # type: ignore[untyped-decorator] # asked by `uploads.chosen`, once the form may be as large as it is
@needs("import customers")
def upload() -> ResponseReturnValue:
    """Keep the file, streamed to disk, and go on to what its columns mean."""
    try:
        chosen = uploads.chosen(files.LARGEST, files.folder())
    except RequestEntityTooLarge:
        return _history(413, f"The file is larger than {files.LARGEST >> 20:,} MB. Split it and import the parts one after the other.")
    if chosen is None:
        return _history(BAD, "Choose a file first.")
    try:
        file = start.upload(db.session(), actor(), chosen.stream, chosen.filename or "")
    except Refused as refused:
        db.session.rollback()
        return _history(BAD, str(refused))
    db.session.commit()
    return go(url_for("orders.import_columns", id=_address(file)))


@blueprint.route("/imports/<id>/columns", methods=["GET", "POST"])
@needs("import customers")
def import_columns(id: str) -> ResponseReturnValue:
    """What the columns mean: guessed by their names, decided by a person. Sent, it checks all lines, or starts."""
    file = _file(id, lock=request.method == "POST")
    if file.state != "uploaded":
        return go(url_for("orders.import_progress", id=id))
    settings = ImportSettings.from_json(file.reading)
    if request.method == "GET":
        job = report.check_of(db.session(), file)
        if request.headers.get("HX-Request") == "true" and request.args.get("mark") == _mark(job):
            return make_response("", 204)
        return _columns(file, settings, {}, block="found" if "mark" in request.args else "columns")
    dry = "check" in request.form
    chosen = [request.form.get(f"to.{n}", "") for n, _ in enumerate(settings.header)]
    wanted = start.with_columns(settings, chosen, request.form.get("without_status", ""))
    try:
        start.start(db.session(), actor(), file, wanted, dry=dry)
    except Refused as refused:
        db.session.rollback()
        return _columns(_file(id), wanted, refused.mistakes, BAD)
    db.session.commit()
    return go(url_for("orders.import_columns" if dry else "orders.import_progress", id=id))


def _columns(
    file: Import, settings: ImportSettings, mistakes: dict[str, str], status: int = 200, block: str = "columns"
) -> ResponseReturnValue:
    try:
        seen = start.seen(file)
    except Refused as refused:
        return _history(BAD, str(refused))
    job = report.check_of(db.session(), file)
    return show(
        "orders/import_columns.html",
        block,
        status=status,
        file=file,
        id=_address(file),
        settings=settings,
        rows=seen.rows[:SHOWN_ROWS],
        cells=[[cell for cell in seen.column(n) if cell.strip()][:3] for n, _ in enumerate(settings.header)],
        mistakes=mistakes,
        meanings=MEANINGS,
        statuses=[(one, presenters.STATES[one][0]) for one in start.WITHOUT_STATUS],
        job=job,
        mark=_mark(job),
        remarks=report.first_remarks(db.session(), file.id, size=8) if job and job.state == "done" else [],
    )


@blueprint.get("/imports/<id>")
@needs("import customers")
def import_progress(id: str) -> ResponseReturnValue:
    """How far it is, and in the end what became of the lines. Polled while it runs; 204 while nothing changed."""
    entry = report.entry(db.session(), _file(id, lock=False).id)
    assert entry is not None
    if entry.job is None:
        return go(url_for("orders.import_columns", id=id))
    mark = _mark(entry.job)
    if request.headers.get("HX-Request") == "true" and request.args.get("mark") == mark:
        return make_response("", 204)
    remarks = [] if entry.running else report.first_remarks(db.session(), entry.file.id)
    return show("orders/import_progress.html", "progress", entry=entry, id=id, mark=mark, remarks=remarks)


@blueprint.get("/imports/<id>/report.csv")
@needs("import customers")
def import_report(id: str) -> Response:
    """Every line that was left out, with the reason, streamed."""
    file = _file(id, lock=False)
    name = Path(file.file_name).stem.encode("ascii", "ignore").decode().replace('"', "") or "orders"
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
    """Give up; what is recorded stays."""
    file = _file(id)
    running = file.job_id is not None
    start.discard(db.session(), actor(), file)
    db.session.commit()
    toast("The import was stopped. Orders that were recorded stay." if running else "The upload was thrown away.")
    return go(url_for("orders.import_progress", id=id) if running else url_for("orders.import_history"))


def _mark(job: Any) -> str:
    return f"{job.state}-{job.done}" if job else ""


def _file(word: str, lock: bool = True) -> Import:
    """The import of orders with this outside id, locked unless it is only looked at; 404 where there is none."""
    id = inside(Prefix.IMPORT, word)
    file = None if id is None else start.with_id(db.session(), id) if lock else db.session.get(Import, id)
    if file is None or file.of != start.OF:
        abort(404)
    return file


def _address(file: Import) -> str:
    return outside(Prefix.IMPORT, file.id)
