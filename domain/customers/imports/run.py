"""The job: look through the file, read it into the staging table, sort it, merge it, tidy up. A step is short, safe to lose and to repeat.

A dry run does the same, except that it writes no customer: it ends knowing what would be taken and left out.
"""

import datetime
import uuid
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents import permissions
from domain.customers.imports import staging
from domain.customers.imports.cells.line import ImportLine
from domain.customers.imports.checks import all_lines, notation
from domain.customers.imports.checks.all_lines import AllLines
from domain.customers.imports.checks.guess import adjusted
from domain.customers.imports.convert import Converter, ImportLineProblem
from domain.customers.imports.mapping import ImportSettings, is_guarded
from domain.customers.imports.merging.steps import DRY, count, merge_next
from domain.customers.imports.reading.reader import Record, records
from domain.customers.profiles import customer_input, metadata
from domain.journal import quarantine
from domain.journal.jobs import JobError
from domain.journal.trouble import is_trouble
from domain.kernel import clock
from domain.tables.imports import Import
from domain.tables.journal import Job

READ = 5_000
"""Lines of the file in one step."""
LOOKED = 20_000
"""The same, where they are only looked at."""


def step(session: Session, job: Job) -> bool:
    """One step; True when the import has ended. Raises JobError where it cannot go on."""
    file = session.scalars(select(Import).where(Import.id == job.subject_id)).one()
    settings = ImportSettings.from_json(file.reading)
    cursor = dict(job.cursor)
    match cursor["phase"]:
        case "look":
            _look(session, job, file, settings, cursor)
        case "read":
            _read(session, job, file, settings, cursor)
        case "sort":
            staging.index(session, file.id)
            cursor["phase"] = "merge"
        case "merge":
            if cursor["staged"] and staging.lost(session, file.id):
                _begin_again(session, job, file, settings, cursor)
            else:
                merge_next(session, job, file, settings, cursor)
        case "tidy":
            staging.drop(session, file.id)
            if job.kind != DRY:
                Path(file.path).unlink(missing_ok=True)
                file.findings = {}  # they quote the file
            job.done = job.total
            job.cursor = cursor | {"after": ""}  # it is the last customer's id or address, and would outlive them
            return True
    job.cursor = cursor
    return False


def beginning(settings: ImportSettings, looked: bool = True) -> dict[str, Any]:
    """The cursor before the first step. `looked`: all lines were looked through already."""
    phase = "read" if looked else "look"
    return {"phase": phase, "offset": settings.dialect.start, "line": 0, "kind": 0, "after": "", "staged": 0}


def _path(file: Import) -> Path:
    path = Path(file.path)
    if not path.exists():
        raise JobError("The uploaded file is not there any more. Upload it again; nothing is imported twice.")
    return path


def _look(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any]) -> None:
    """The next lines of a first round over the whole file. At its end a guess that nobody decided yet is put right."""
    path = _path(file)
    stored = cursor.get("seen")
    seen = AllLines.from_json(stored) if stored else all_lines.begin(settings.dialect, len(settings.header), is_guarded(settings.header))
    all_lines.read_next(path, seen, LOOKED)
    job.done, job.total = seen.lines, 3 * max(settings.lines, seen.lines)
    if not seen.ended:
        cursor["seen"] = seen.as_json()
        return
    cursor.pop("seen", None)
    cursor |= {"phase": "read", "looked": seen.lines}
    file.findings = seen.as_json()
    settings = replace(settings, lines=seen.lines)
    file.reading = (adjusted(settings, seen.columns, metadata.types(session)) if settings.guessed else settings).as_json()


def _read(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any]) -> None:
    path = _path(file)
    if cursor["line"] == 0:
        staging.make(session, file.id)
    elif cursor["staged"] and staging.lost(session, file.id):
        _begin_again(session, job, file, settings, cursor)
    converter = _converter(session, file, settings)
    lines: list[ImportLine] = []
    remarks: list[ImportLineProblem] = []
    ended, heading, read = True, settings.dialect.header and cursor["line"] == 0, 0
    for record in islice(records(path, settings.dialect, cursor["offset"], cursor["line"], len(settings.header)), READ):
        cursor["offset"], cursor["line"], ended = record.after, record.next_line, False
        if heading:
            heading = False
            continue
        line, said = _converted(converter, record)
        remarks += said
        lines += [line] if line else []
        read += 1
    cursor["staged"] += staging.copy_lines(session, file.id, lines)
    left_out = staging.copy_remarks(session, file.id, remarks)
    notes = [remark for remark in remarks if not remark.left_out]
    count(job, read=read, left_out=left_out, notes=len(notes), cells=sum(bool(remark.column) and not remark.taken for remark in notes))
    looked = cursor.get("looked", 0)
    job.done = looked + job.report["read"]
    bytes_per_line = cursor["offset"] / max(cursor["line"], 1)
    job.total = looked + (2 * int(file.size / bytes_per_line) if not ended else job.report["read"] + cursor["staged"])
    if ended:
        cursor["phase"] = "sort"


def _converted(converter: Converter, record: Record) -> tuple[ImportLine | None, list[ImportLineProblem]]:
    """What a line says; one that breaks our reader is left out in words."""
    try:
        return converter.convert(record)
    except Exception as why:
        if is_trouble(why):
            raise
        reference = quarantine.new_reference(why, "imports", f"line {record.line}")
        words = f"Something went wrong on our side with this line. Reference {reference}."
        return None, [ImportLineProblem(record.line, words, left_out=True)]


def _begin_again(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any]) -> None:
    """The database crashed and the staging table is empty: read the file anew. What was merged stays merged, and is passed over."""
    merged = {"kind": cursor["kind"], "after": cursor["after"]}
    cursor |= beginning(settings) | merged
    left_out, notes = session.execute(
        text("""WITH gone AS (DELETE FROM import_remarks WHERE import_id = :id AND NOT while_merging RETURNING line, left_out)
                SELECT count(DISTINCT line) FILTER (WHERE left_out), count(*) FILTER (WHERE NOT left_out) FROM gone"""),
        {"id": file.id},
    ).one()
    count(job, left_out=-left_out, notes=-notes, read=-job.report.get("read", 0))
    staging.make(session, file.id)


def _converter(session: Session, file: Import, settings: ImportSettings) -> Converter:
    reading, zone = customer_input.reading(session)
    columns = AllLines.from_json(file.findings).columns if file.findings else []
    names: dict[uuid.UUID, str] = {permission.id: permission.name for permission in permissions.every(session)}
    now: datetime.datetime = clock.now(session)
    readings = notation.readings(settings, columns, reading)
    return Converter(settings, readings, zone, names, now, disarmed=is_guarded(settings.header))
