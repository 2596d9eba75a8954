"""The job: read the file into the staging table, sort it, merge it, tidy up. One call is one short step, safe to lose and to repeat."""

import datetime
import uuid
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents import permissions
from domain.customers.imports import consents, merge, staging
from domain.customers.imports.convert import Converter, ImportLine, ImportLineProblem
from domain.customers.imports.mapping import ImportSettings, is_guarded
from domain.customers.imports.reader import Record, records
from domain.customers.profiles import input as facts
from domain.journal import quarantine
from domain.journal.changed_facts import SEGMENTS
from domain.journal.events import EventKind
from domain.journal.jobs import JobError
from domain.journal.trouble import is_trouble
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge
from domain.tables.customers import Import
from domain.tables.journal import Job

READ = 5_000
"""Lines of the file in one step."""
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('customer imports'))")
_DIRTY = """
    INSERT INTO dirty_customers (customer_id, facts, depth, silent, lane)
    SELECT customer_id, '{*}', 0, :silent, 'bulk' FROM import_batch WHERE changed OR agreed"""


def step(session: Session, job: Job) -> bool:
    """One step; True when the import has ended. Raises JobError where it cannot go on."""
    file = session.scalars(select(Import).where(Import.id == job.subject_id)).one()
    settings = ImportSettings.from_json(file.reading)
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


def beginning(settings: ImportSettings) -> dict[str, Any]:
    """The cursor before the first step."""
    return {"phase": "read", "offset": settings.dialect.start, "line": 0, "kind": 0, "after": "", "staged": 0}


def _read(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any]) -> None:
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
        line, said = _converted(converter, record)
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
    _count(job, left_out=-left_out, notes=-notes, read=-job.report.get("read", 0))
    staging.make(session, file.id)


def _merge(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any]) -> None:
    if cursor["staged"] and staging.lost(session, file.id):
        _begin_again(session, job, file, settings, cursor)
        return
    session.execute(_ONE_AT_A_TIME)
    size, began = merge.BATCH, (dict(cursor), job.report, job.done)
    while True:
        try:
            with session.begin_nested():
                _merge_some(session, job, file, settings, cursor, size)
                session.flush()
        except Exception as why:
            if is_trouble(why):
                raise
            cursor.clear()
            cursor.update(began[0])
            job.report, job.done = began[1:]
            if size == 1:
                _leave_out(session, job, file, cursor, why)
                return
            size //= 2  # ever fewer keys, until the one that breaks comes first and alone
        else:
            return


def _leave_out(session: Session, job: Job, file: Import, cursor: dict[str, Any], why: Exception) -> None:
    """The next key breaks alone: its lines are left out, in words, and the import goes on behind them."""
    batch = merge.MergeBatch(session, file.id, {})
    for kind, key in ((kind, merge.last_key(batch, kind, cursor["after"] if kind == cursor["kind"] else "", 1)) for kind in merge.KINDS):
        if key is not None and kind >= cursor["kind"]:
            reference = quarantine.new_reference(why, "imports", file.id)
            lines = merge.leave_out(batch, kind, key, f"Something went wrong on our side with this line. Reference {reference}.")
            for line in lines:
                quarantine.write_down(session, "imports", f"{outside(Prefix.IMPORT, file.id)} line {line}", why, reference)
            _count(job, left_out=len(lines))
            cursor |= {"kind": kind, "after": key}
            return


def _merge_some(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any], size: int) -> None:
    values = {"import": file.id, "now": clock.now(session), "created": file.created_at, "by": job.asked_by, "file": file.file_name}
    values["silent"] = not settings.react
    batch = merge.MergeBatch(session, file.id, values)
    for kind in merge.KINDS:
        if kind < cursor["kind"]:
            continue
        after = cursor["after"] if kind == cursor["kind"] else ""
        if (upto := merge.take(batch, kind, after, size)) is not None:
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


def _agree(batch: merge.MergeBatch, settings: ImportSettings) -> None:
    used = {column.to for column in settings.columns}
    if used & {"consent", "consents"}:
        consents.consents(batch)
    if "suppress" in used:
        consents.suppressions(batch)


def _tell(session: Session, file: Import, batch: merge.MergeBatch) -> None:
    if batch.run(_DIRTY):
        nudge(session, SEGMENTS["bulk"], lane="bulk")
    told = "jsonb_build_object('import', CAST(:outside AS text), 'file', CAST(:file AS text), 'line', line, 'new', new)"
    values = {"import": file.id, "outside": outside(Prefix.IMPORT, file.id), "file": file.file_name}
    changed = f"SELECT customer_id, CAST(:import AS uuid) AS subject_id, {told} AS facts, 0 AS depth FROM import_batch WHERE changed"
    batch.record(changed, values, EventKind.IMPORTED)


def _converter(session: Session, settings: ImportSettings) -> Converter:
    reading, zone = facts.reading(session)
    reading = type(reading)(reading.today, reading.dial_code, settings.day_first)
    names: dict[uuid.UUID, str] = {permission.id: permission.name for permission in permissions.every(session)}
    now: datetime.datetime = clock.now(session)
    return Converter(settings, reading, zone, names, now, disarmed=is_guarded(settings.header))


def _count(job: Job, **more: int) -> None:
    report = dict(job.report)
    for name, count in more.items():
        report[name] = report.get(name, 0) + count
    job.report = report
