"""The job: read the file into the staging table, sort it, merge it, tidy up. One call is one short step, safe to lose and to repeat."""

import datetime
import uuid
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents import permissions
from domain.customers.imports import consents, merge, staging
from domain.customers.imports.convert import Converter, ImportLine, ImportLineProblem
from domain.customers.imports.mapping import Settings, is_guarded
from domain.customers.imports.reader import records
from domain.customers.profiles import input as facts
from domain.journal.events import EventKind
from domain.journal.jobs import JobError
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge
from domain.tables.customers import Import
from domain.tables.journal import Job

READ = 5_000
"""Lines of the file in one step."""
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('customer imports'))")
_DIRTY = """
    INSERT INTO dirty_customers (customer_id, facts, depth, silent)
    SELECT customer_id, '{*}', 0, :silent FROM import_batch WHERE changed OR agreed"""


def step(session: Session, job: Job) -> bool:
    """One step; True when the import has ended. Raises JobError where it cannot go on."""
    file = session.scalars(select(Import).where(Import.id == job.subject_id)).one()
    settings = Settings.from_json(file.reading)
    cursor = dict(job.cursor)
    match cursor["phase"]:
        case "read":
            _read(session, job, file, settings, cursor)
        case "sort":
            staging.index(session, file.id)
            cursor["phase"] = "merge"
        case "merge":
            _merge(session, job, file, settings, cursor)
        case "tidy":
            staging.drop(session, file.id)
            Path(file.path).unlink(missing_ok=True)
            job.done = job.total
            job.cursor = cursor | {"after": ""}  # it is the last customer's id or address, and would outlive them
            return True
    job.cursor = cursor
    return False


def beginning(settings: Settings) -> dict[str, Any]:
    """The cursor before the first step."""
    return {"phase": "read", "offset": settings.dialect.start, "line": 0, "kind": 0, "after": "", "staged": 0}


def _read(session: Session, job: Job, file: Import, settings: Settings, cursor: dict[str, Any]) -> None:
    path = Path(file.path)
    if not path.exists():
        raise JobError("The uploaded file is not there any more. Upload it again; nothing is imported twice.")
    if cursor["line"] == 0:
        staging.make(session, file.id)
    elif cursor["staged"] and staging.lost(session, file.id):
        _begin_again(session, job, file, settings, cursor)
    converter = _converter(session, settings)
    lines: list[ImportLine] = []
    remarks: list[ImportLineProblem] = []
    ended, heading, read = True, settings.dialect.header and cursor["line"] == 0, 0
    for record in islice(records(path, settings.dialect, cursor["offset"], cursor["line"], len(settings.header)), READ):
        cursor["offset"], cursor["line"], ended = record.after, record.next_line, False
        if heading:
            heading = False
            continue
        line, said = converter.convert(record)
        remarks += said
        lines += [line] if line else []
        read += 1
    cursor["staged"] += staging.copy_lines(session, file.id, lines)
    left_out = staging.copy_remarks(session, file.id, remarks)
    _count(job, read=read, left_out=left_out, notes=sum(not remark.left_out for remark in remarks))
    job.done = job.report["read"]
    bytes_per_line = cursor["offset"] / max(cursor["line"], 1)
    job.total = 2 * int(file.size / bytes_per_line) if not ended else job.report["read"] + cursor["staged"]
    if ended:
        cursor["phase"] = "sort"


def _begin_again(session: Session, job: Job, file: Import, settings: Settings, cursor: dict[str, Any]) -> None:
    """The database crashed and the staging table is empty: read the file anew. What was merged stays merged, and is passed over."""
    merged = {"kind": cursor["kind"], "after": cursor["after"]}
    cursor |= beginning(settings) | merged
    left_out, notes = session.execute(
        text("""WITH gone AS (DELETE FROM import_remarks WHERE import_id = :id AND NOT while_merging RETURNING line, left_out)
                SELECT count(DISTINCT line) FILTER (WHERE left_out), count(*) FILTER (WHERE NOT left_out) FROM gone"""),
        {"id": file.id},
    ).one()
    _count(job, left_out=-left_out, notes=-notes, read=-job.report.get("read", 0))
    staging.make(session, file.id)


def _merge(session: Session, job: Job, file: Import, settings: Settings, cursor: dict[str, Any]) -> None:
    if cursor["staged"] and staging.lost(session, file.id):
        _begin_again(session, job, file, settings, cursor)
        return
    session.execute(_ONE_AT_A_TIME)
    values = {"import": file.id, "now": clock.now(session), "created": file.created_at, "by": job.asked_by, "file": file.file_name}
    values["silent"] = not settings.react
    batch = merge.MergeBatch(session, file.id, values)
    for kind in merge.KINDS:
        if kind < cursor["kind"]:
            continue
        after = cursor["after"] if kind == cursor["kind"] else ""
        if (upto := merge.take(batch, kind, after)) is not None:
            cursor |= {"kind": kind, "after": upto}
            break
    else:
        cursor["phase"] = "tidy"
        return
    merge.merge(batch)
    _agree(batch, settings)
    _tell(session, file, batch)
    counted = batch.created + batch.changed + batch.same
    _count(job, created=batch.created, changed=batch.changed, same=batch.same, left_out=batch.left_out, notes=batch.notes)
    job.done += counted + batch.left_out


def _agree(batch: merge.MergeBatch, settings: Settings) -> None:
    used = {column.to for column in settings.columns}
    if used & {"consent", "consents"}:
        consents.consents(batch)
    if "suppress" in used:
        consents.suppressions(batch)


def _tell(session: Session, file: Import, batch: merge.MergeBatch) -> None:
    if batch.run(_DIRTY):
        nudge(session, "segments", lane="bulk")
    told = "jsonb_build_object('import', CAST(:outside AS text), 'file', CAST(:file AS text), 'line', line, 'new', new)"
    values = {"import": file.id, "outside": outside(Prefix.IMPORT, file.id), "file": file.file_name}
    changed = f"SELECT customer_id, CAST(:import AS uuid) AS subject_id, {told} AS facts, 0 AS depth FROM import_batch WHERE changed"
    batch.record(changed, values, EventKind.IMPORTED)


def _converter(session: Session, settings: Settings) -> Converter:
    reading, zone = facts.reading(session)
    reading = replace(reading, day_first=settings.day_first, decimal=settings.decimal, dial_code=settings.dial_code or reading.dial_code)
    names: dict[uuid.UUID, str] = {permission.id: permission.name for permission in permissions.every(session)}
    now: datetime.datetime = clock.now(session)
    return Converter(settings, reading, zone, names, now, disarmed=is_guarded(settings.header))


def _count(job: Job, **more: int) -> None:
    report = dict(job.report)
    for name, count in more.items():
        report[name] = report.get(name, 0) + count
    job.report = report
