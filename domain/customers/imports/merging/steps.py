"""Which batch is merged next, and what if it breaks? Ever fewer keys, until the one that breaks stands alone and is left out in words.

A dry run merges nothing: it counts.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.identify.batch import MOST
from domain.customers.imports.mapping import OF_A_PERMISSION, SUPPRESSING, ImportSettings
from domain.customers.imports.merging import consents, merge
from domain.journal import quarantine
from domain.journal.changed_facts import SEGMENTS
from domain.journal.events import EventKind
from domain.journal.trouble import is_trouble
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge
from domain.tables.imports import Import
from domain.tables.journal import Job

DRY = "check_customers"
"""The kind of a job that takes nothing."""
SAYING = OF_A_PERMISSION | {"consents"}
"""Columns that give and withdraw permissions."""
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('customer imports'))")
_DIRTY = """
    INSERT INTO dirty_customers (customer_id, facts, depth, silent, lane)
    SELECT customer_id, '{*}', 0, :silent, 'bulk' FROM import_batch WHERE changed OR agreed"""


def merge_next(session: Session, job: Job, file: Import, settings: ImportSettings, cursor: dict[str, Any]) -> None:
    """Merge the next keys, or as many of them as do not break; the cursor says how far it came."""
    session.execute(_ONE_AT_A_TIME)
    size, began = MOST, (dict(cursor), job.report, job.done)
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
            count(job, left_out=len(lines))
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
    if job.kind == DRY:
        _only_count(batch, settings)
    else:
        merge.merge(batch)
        _agree(batch, settings)
        _tell(session, file, batch)
    counted = batch.created + batch.changed + batch.same
    count(job, created=batch.created, changed=batch.changed, same=batch.same, left_out=batch.left_out, notes=batch.notes, **batch.said)
    job.done += counted + batch.left_out


def _only_count(batch: merge.MergeBatch, settings: ImportSettings) -> None:
    """Whom the lines are about, and which permissions stay withdrawn; known customers count as the same."""
    merge.match(batch)
    batch.created = batch.run("SELECT count(*) FROM import_batch WHERE customer_id IS NULL")
    batch.same = batch.run("SELECT count(*) FROM import_batch WHERE customer_id IS NOT NULL")
    if {column.to for column in settings.columns} & SAYING:
        consents.only_count(batch)


def _agree(batch: merge.MergeBatch, settings: ImportSettings) -> None:
    used = {column.to for column in settings.columns}
    if used & SAYING:
        consents.consents(batch)
    if used & SUPPRESSING:
        consents.suppressions(batch)


def _tell(session: Session, file: Import, batch: merge.MergeBatch) -> None:
    if batch.run(_DIRTY):
        nudge(session, SEGMENTS["bulk"], lane="bulk")
    told = "jsonb_build_object('import', CAST(:outside AS text), 'file', CAST(:file AS text), 'line', line, 'new', new)"
    values = {"import": file.id, "outside": outside(Prefix.IMPORT, file.id), "file": file.file_name}
    changed = f"SELECT customer_id, CAST(:import AS uuid) AS subject_id, {told} AS facts, 0 AS depth FROM import_batch WHERE changed"
    batch.record(changed, values, EventKind.IMPORTED)


def count(job: Job, **more: int) -> None:
    """Add to the numbers of the report."""
    report = dict(job.report)
    for name, count in more.items():
        if count or name in report:
            report[name] = report.get(name, 0) + count
    job.report = report
