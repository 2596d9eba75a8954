"""Begin an import of orders: keep the upload, settle what its columns mean, check it or start it, give it up."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.customers.imports import files, staging
from domain.customers.imports.mapping import Column, ImportSettings
from domain.customers.imports.reading.inspect import FileFormat, detect_format
from domain.customers.imports.report import Entry
from domain.journal import audit, jobs
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused, Stale
from domain.shop.imports import columns, run
from domain.tables.imports import Import, ImportRemark
from domain.tables.journal import Job

OF = "orders"
WITHOUT_STATUS = ("paid", "created", "fulfilled", "canceled")
"""What orders may count as that say no status; the first where nobody chose."""


def upload(session: Session, actor: Actor, stream: IO[bytes], file_name: str) -> Import:
    """Keep an uploaded file and guess what its columns are. Raises Refused in words where it is no table."""
    files.sweep(session)
    path, size = files.keep(stream)
    try:
        found = detect_format(path)
    except Refused:
        path.unlink(missing_ok=True)
        raise
    sampled = sum(len(found.dialect.delimiter.join(row)) + 1 for row in found.rows) / max(len(found.rows), 1)
    settings = ImportSettings(
        found.dialect,
        tuple(found.header),
        columns.guess(found.header),
        export=WITHOUT_STATUS[0],
        lines=max(round(size / max(sampled, 1)), 1),
    )
    now = clock.now(session)
    name = Path(file_name.replace("\\", "/")).name[:200] or "orders.csv"
    file = Import(
        of=OF, file_name=name, path=str(path), size=size, reading=settings.as_json(), uploaded_by=actor.name, created_at=now,
        updated_at=now, updated_by=actor.name,
    )  # fmt: skip
    session.add(file)
    session.flush()
    audit.record(session, actor, "upload orders", outside(Prefix.IMPORT, file.id), file.file_name, after={"bytes": size})
    return file


def seen(file: Import) -> FileFormat:
    """The first lines of the file. Raises Refused where it is gone."""
    dialect = ImportSettings.from_json(file.reading).dialect
    if not Path(file.path).exists():
        raise Refused({"file": "The uploaded file is not there any more. Upload it again."})
    return detect_format(Path(file.path), dialect.encoding, dialect.delimiter, dialect.header)


def start(session: Session, actor: Actor, file: Import, settings: ImportSettings, *, dry: bool = False) -> Job:
    """Start the job; `dry` only says what would be taken. Raises Refused by field, Stale where it is started already."""
    if file.state != "uploaded":
        raise Stale(file.updated_by, file.updated_at)
    if wrong := columns.mistakes(settings.columns, settings.header):
        raise Refused(wrong)
    _forget_check(session, file)
    kind, doing = (run.DRY, "Checking") if dry else (run.KIND, "Importing")
    job = jobs.start(session, kind, f"{doing} {file.file_name}", file.id, 3 * settings.lines, run.beginning(settings), asked_by=actor.name)
    job.report = dict.fromkeys(run.COUNTED, 0)
    file.reading = replace(settings, guessed=False).as_json()
    file.row_version += 1
    file.updated_at, file.updated_by = clock.now(session), actor.name
    if dry:
        file.check_id = job.id
    else:
        file.state, file.job_id = "started", job.id
        audit.record(session, actor, "import orders", outside(Prefix.IMPORT, file.id), file.file_name)
    return job


def with_columns(settings: ImportSettings, chosen: Sequence[str], without_status: str) -> ImportSettings:
    """The same file read with these meanings of its columns."""
    known = tuple(Column(to if to in columns.MEANINGS else "") for to in chosen)
    return replace(settings, columns=known, export=without_status if without_status in WITHOUT_STATUS else WITHOUT_STATUS[0])


def discard(session: Session, actor: Actor, file: Import) -> None:
    """Give up. What is recorded stays; the rest of the file is thrown away."""
    _forget_check(session, file)
    if file.job_id is not None:
        jobs.cancel(session, file.job_id)
    staging.drop(session, file.id)
    file.state = "discarded" if file.job_id is None else file.state
    file.findings = {}
    Path(file.path).unlink(missing_ok=True)
    audit.record(session, actor, "stop import", outside(Prefix.IMPORT, file.id), file.file_name)


def _forget_check(session: Session, file: Import) -> None:
    if file.check_id is not None:
        jobs.cancel(session, file.check_id)
        session.execute(delete(ImportRemark).where(ImportRemark.import_id == file.id))
        staging.drop(session, file.id)
        file.check_id = None


def history(session: Session, size: int = 20) -> list[Entry]:
    """The newest imports of orders, started or waiting to be."""
    query = select(Import, Job).outerjoin(Job, Job.id == Import.job_id).where(Import.of == OF, Import.state != "discarded")
    return [Entry(file, job) for file, job in session.execute(query.order_by(Import.id.desc()).limit(size))]


def with_id(session: Session, id: uuid.UUID) -> Import | None:
    """The import of orders, locked for what comes next, its jobs before it."""
    reading = select(Job.id).join(Import, Job.id.in_((Import.job_id, Import.check_id))).where(Import.id == id).order_by(Job.id)
    session.execute(reading.with_for_update(of=Job, key_share=True)).all()
    query = select(Import).where(Import.id == id, Import.of == OF).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
