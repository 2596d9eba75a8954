"""The job: look through the file, read it into the staging table, sort it by order, record the orders, tidy up. A step is safe to repeat.

A dry run ends when it knows how many orders the lines make.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.identify.match import AmbiguousCustomer
from domain.customers.imports import staging as tables
from domain.customers.imports.checks import all_lines, notation
from domain.customers.imports.checks.all_lines import AllLines
from domain.customers.imports.convert import ImportLineProblem
from domain.customers.imports.mapping import ImportSettings
from domain.customers.imports.merging.steps import count
from domain.customers.imports.reading.reader import records
from domain.customers.profiles import customer_input
from domain.journal.jobs import JobError
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.shop.imports import put_together, staging
from domain.shop.imports.lines import LineReader
from domain.shop.imports.staging import Staged
from domain.shop.orders.record import record
from domain.shop.orders.wanted import OrderWanted
from domain.tables.imports import Import, ImportRemark
from domain.tables.journal import Job
from domain.tables.workspace import current_project

KIND, DRY = "import_order_file", "check_order_file"
LOOKED, READ, ORDERS = 20_000, 5_000, 200
"""Lines looked at, lines read, and orders recorded in one step."""
COUNTED = ("read", "orders", "created", "changed", "same", "left_out")


def beginning(settings: ImportSettings) -> dict[str, Any]:
    """The cursor before the first step."""
    return {"phase": "look", "offset": settings.dialect.start, "line": 0, "after": ""}


def step(session: Session, job: Job) -> bool:
    """One step; True when the import has ended. Raises JobError where it cannot go on."""
    file = session.scalars(select(Import).where(Import.id == job.subject_id)).one()
    settings, cursor = ImportSettings.from_json(file.reading), dict(job.cursor)
    match cursor["phase"]:
        case "look":
            _look(file, job, settings, cursor)
        case "read":
            _read(session, job, file, settings, cursor)
        case "merge":
            _merge(session, job, file, settings, cursor)
        case "tidy":
            tables.drop(session, file.id)
            if job.kind != DRY:
                Path(file.path).unlink(missing_ok=True)
                file.findings = {}  # they quote the file
            job.done = job.total
            job.cursor = {"phase": "tidy"}
            return True
    job.cursor = cursor
    return False


def _path(file: Import) -> Path:
    path = Path(file.path)
    if not path.exists():
        raise JobError("The uploaded file is not there any more. Upload it again; nothing is imported twice.")
    return path


def _look(file: Import, job: Job, settings: ImportSettings, cursor: dict[str, Any]) -> None:
    stored = cursor.get("seen")
    seen = AllLines.from_json(stored) if stored else all_lines.begin(settings.dialect, len(settings.header), guarded=False)
    all_lines.read_next(_path(file), seen, LOOKED)
    job.total = 3 * max(settings.lines, seen.lines)
    job.done = seen.lines
    if not seen.ended:
        cursor["seen"] = seen.as_json()
        return
    cursor.pop("seen", None)
    cursor["phase"] = "read"
    file.findings = seen.as_json()


def _read(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any]) -> None:
    path = _path(file)
    if cursor["line"] == 0:
        staging.make(session, file.id)
    reading, zone = customer_input.reading(session)
    readings = notation.readings(settings, AllLines.from_json(file.findings).columns, reading)
    reader = LineReader(settings, readings, zone, current_project(session).currency)
    lines: list[Staged] = []
    remarks: list[ImportLineProblem] = []
    heading, read, seen = settings.dialect.header and cursor["line"] == 0, 0, 0
    for one in islice(records(path, settings.dialect, cursor["offset"], cursor["line"], len(settings.header)), READ):
        cursor["offset"], cursor["line"] = one.after, one.next_line
        seen += 1
        if heading:
            heading = False
            continue
        said, why = reader.read(one)
        lines += [(one.line, said)] if said else []
        remarks += why
        read += 1
    staging.write(session, file.id, lines)
    count(job, read=read, left_out=tables.copy_remarks(session, file.id, remarks))
    job.done += read
    if seen < READ:
        count(job, orders=staging.sort(session, file.id))
        cursor["phase"] = "tidy" if job.kind == DRY else "merge"


def _merge(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any]) -> None:
    if tables.lost(session, file.id) and job.report.get("read", 0) > job.report.get("left_out", 0):
        raise JobError("The database lost the lines that were read. Upload the file again; nothing is imported twice.")
    groups = staging.next_orders(session, file.id, cursor["after"], ORDERS)
    if not groups:
        cursor["phase"] = "tidy"
        return
    cursor["after"] = groups[-1][0][1]["order"]
    actor = Actor("system", job.asked_by)
    wanted = [(lines, one) for lines in groups if (one := _wanted(session, job, file, actor, settings, lines)) is not None]
    try:
        with session.begin_nested():
            _record(session, job, actor, [one for _, one in wanted])
    except Refused:
        for lines, one in wanted:
            try:
                with session.begin_nested():
                    _record(session, job, actor, [one])
            except Refused as why:
                _leave_out(session, job, file, lines, str(why))
    job.done += sum(len(lines) for lines in groups)


def _wanted(
    session: Session, job: Job, file: Import, actor: Actor, settings: ImportSettings, lines: Sequence[Staged]
) -> OrderWanted | None:
    said = [one for _, one in lines]
    try:
        with session.begin_nested():
            return put_together.order(said, put_together.customer(session, actor, said[0]), settings.export)
    except AmbiguousCustomer as several:
        _leave_out(session, job, file, lines, f"Several customers have this {several}. A column with your id would say which one.")
    except (Refused, ValueError) as why:
        _leave_out(session, job, file, lines, str(why))
    return None


def _record(session: Session, job: Job, actor: Actor, wanted: Sequence[OrderWanted]) -> None:
    done = record(session, actor, wanted, react=False)
    new = sum(one.new for one in done)
    changed = sum(one.changed and not one.new for one in done)
    count(job, created=new, changed=changed, same=len(done) - new - changed)


def _leave_out(session: Session, job: Job, file: Import, lines: Sequence[Staged], why: str) -> None:
    """The lines of an order that cannot be."""
    for line, _ in lines:
        session.add(ImportRemark(import_id=file.id, line=line, left_out=True, while_merging=True, text=why))
    count(job, left_out=len(lines))
