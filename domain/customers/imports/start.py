"""Begin an import: register the upload, settle what its columns mean, start the job; go on with it, or give it up."""

import uuid
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.customers.consents import permissions
from domain.customers.imports import files, mapping, staging
from domain.customers.imports.checks import all_lines, remembered
from domain.customers.imports.checks.guess import Surroundings, adjusted, guess
from domain.customers.imports.exports.catalogue import recognised
from domain.customers.imports.mapping import ImportSettings
from domain.customers.imports.merging.steps import DRY
from domain.customers.imports.reading.inspect import FileFormat, detect_format
from domain.customers.imports.run import beginning
from domain.customers.profiles import metadata
from domain.journal import audit, jobs
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused, Stale
from domain.kernel.nudges import nudge
from domain.tables.imports import Import, ImportRemark
from domain.tables.journal import Job
from domain.tables.usage.references import listening

AT_ONCE = 1 << 20
"""Bytes of a file that is looked through while it is uploaded."""


def upload(session: Session, actor: Actor, stream: IO[bytes], file_name: str, largest: int = files.LARGEST) -> Import:
    """Keep an uploaded file and guess how to read it. Raises Refused in words where it is no table of customers."""
    files.sweep(session)
    path, size = files.keep(stream, largest)
    try:
        settings, findings = _looked_at(session, path, size, guessed(session, detect_format(path), size))
    except Refused:
        path.unlink(missing_ok=True)
        raise
    now = clock.now(session)
    file = Import(
        file_name=Path(file_name.replace("\\", "/")).name[:200] or "customers.csv",
        path=str(path),
        size=size,
        reading=settings.as_json(),
        findings=findings,
        uploaded_by=actor.name,
        created_at=now,
        updated_at=now,
        updated_by=actor.name,
    )
    session.add(file)
    session.flush()
    audit.record(session, actor, "upload customers", outside(Prefix.IMPORT, file.id), file.file_name, after={"bytes": size})
    return file


def guessed(session: Session, seen: FileFormat, size: int) -> ImportSettings:
    """The settings to begin with: as such a file was read before, else guessed."""
    every = permissions.every(session)
    channels = Counter(channel for permission in every for channel in permission.channels)
    known = Surroundings(
        {folded(p.name): str(p.id) for p in every},
        {channel: str(p.id) for p in every for channel in p.channels if channels[channel] == 1},
        metadata.types(session),
    )
    export = recognised(seen.header)
    sampled = sum(len(seen.dialect.delimiter.join(row)) + 1 for row in seen.rows) / max(len(seen.rows), 1)
    width = 2 if seen.dialect.encoding.startswith("utf-16") else 1
    lines = max(round(size / max(sampled * width, 1)), len(seen.rows))
    settings = ImportSettings(seen.dialect, tuple(seen.header), guess(seen, known), export=export.key if export else "", lines=lines)
    return remembered.proposed(session, settings)


def _looked_at(session: Session, path: Path, size: int, settings: ImportSettings) -> tuple[ImportSettings, dict[str, Any]]:
    """A small file is looked through at once; a larger one by the job. The settings put right by it, and what it showed."""
    if size > AT_ONCE:
        return settings, {}
    seen = all_lines.begin(settings.dialect, len(settings.header), mapping.is_guarded(settings.header))
    all_lines.read_next(path, seen, AT_ONCE)
    settings = replace(settings, lines=seen.lines)
    return (adjusted(settings, seen.columns, metadata.types(session)) if settings.guessed else settings), seen.as_json()


def check(session: Session, actor: Actor, file: Import, settings: ImportSettings) -> Job:
    """Keep these settings and start the dry run, which says what would be taken and takes nothing. Raises Stale where it is started.

    Raises Refused by field where the columns do not work.
    """
    _refuse(session, file, settings)
    _forget_check(session, file)
    looked = bool(file.findings)
    job = jobs.start(
        session, DRY, f"Checking {file.file_name}", file.id, 2 * settings.lines, beginning(settings, looked), asked_by=actor.name
    )
    job.report = {"read": 0, "created": 0, "changed": 0, "same": 0, "left_out": 0, "notes": 0}
    file.check_id, file.reading = job.id, settings.as_json()
    return job


def _forget_check(session: Session, file: Import) -> None:
    if file.check_id is not None:
        jobs.cancel(session, file.check_id)
        session.get_one(Job, file.check_id).cursor = {}  # it quotes the file
        session.flush()
        session.execute(delete(ImportRemark).where(ImportRemark.import_id == file.id))
        staging.drop(session, file.id)
        file.check_id = None


def _refuse(session: Session, file: Import, settings: ImportSettings) -> None:
    if file.state != "uploaded":
        raise Stale(file.updated_by, file.updated_at)
    names = {permission.id: permission.name for permission in permissions.every(session)}
    if wrong := mapping.mistakes(settings.columns, settings.header, names, metadata.types(session)):
        raise Refused(wrong)


def seen_again(file: Import) -> FileFormat:
    """The first lines of the file as the settings say it is written. Raises Refused."""
    dialect = ImportSettings.from_json(file.reading).dialect
    if not Path(file.path).exists():
        raise Refused({"file": "The uploaded file is not there any more. Upload it again."})
    return detect_format(Path(file.path), dialect.encoding, dialect.delimiter, dialect.header)


def reread(session: Session, file: Import, encoding: str, delimiter: str, header: bool) -> None:
    """The file is written differently than was guessed: look again. Raises Refused, and then all stays as it was."""
    path = Path(file.path)
    settings = guessed(session, detect_format(path, encoding, delimiter, header), file.size)
    _forget_check(session, file)
    settings, file.findings = _looked_at(session, path, file.size, settings)
    file.reading = settings.as_json()
    file.row_version += 1
    file.updated_at = clock.now(session)


def start(session: Session, actor: Actor, file: Import, settings: ImportSettings) -> Job:
    """Register new metadata and start the job. Raises Refused by field where the columns do not work, Stale where it is started."""
    _refuse(session, file, settings)
    _forget_check(session, file)
    remembered.remember(session, actor, file, settings)
    metadata.register(session, {column.key: column.type for column in settings.columns if column.to == "metadata"})
    job = jobs.start(
        session,
        "import_customers",
        f"Importing {file.file_name}",
        file.id,
        total=2 * settings.lines,
        cursor=beginning(settings, looked=bool(file.findings)),
        asked_by=actor.name,
    )
    job.report = {"read": 0, "created": 0, "changed": 0, "same": 0, "left_out": 0, "notes": 0}
    file.state, file.job_id, file.reading = "started", job.id, settings.as_json()
    file.row_version += 1
    file.updated_at, file.updated_by = clock.now(session), actor.name
    audit.record(session, actor, "import customers", outside(Prefix.IMPORT, file.id), file.file_name, after={"react": settings.react})
    return job


def discard(session: Session, actor: Actor, file: Import) -> None:
    """Give up. What is merged stays; the rest of the file is thrown away."""
    _forget_check(session, file)
    if file.job_id is not None:
        jobs.cancel(session, file.job_id)
    staging.drop(session, file.id)
    file.state = "discarded" if file.job_id is None else file.state
    file.findings = {}
    Path(file.path).unlink(missing_ok=True)
    audit.record(session, actor, "stop import", outside(Prefix.IMPORT, file.id), file.file_name)


def go_on(session: Session, actor: Actor, file: Import) -> None:
    """Take a failed import up again where it was. Raises Refused where it cannot."""
    job = session.get(Job, file.job_id) if file.job_id else None
    if job is None or job.state != "failed":
        raise Refused({"": "Only an import that failed can go on."})
    if not Path(file.path).exists() and job.cursor["phase"] == "read":
        raise Refused({"": "The uploaded file is not there any more. Upload it again; nothing is imported twice."})
    job.state, job.error, job.ended_at = "queued", "", None
    nudge(session, "job", job.id)
    audit.record(session, actor, "go on with import", outside(Prefix.IMPORT, file.id), file.file_name)


@dataclass(frozen=True)
class Listeners:
    """Whose live distributions would see what an import changes."""

    live: int
    people: int


def listeners(session: Session, settings: ImportSettings) -> Listeners:
    """How many live distributions wait for customers who enter or leave segments, and how many customers the file may hold."""
    return Listeners(len(listening(session, "segment")), settings.lines)


def with_columns(settings: ImportSettings, columns: tuple[mapping.Column, ...]) -> ImportSettings:
    """The same settings with other columns."""
    return replace(settings, columns=columns)


def with_id(session: Session, id: uuid.UUID) -> Import | None:
    """The import, locked for what comes next, and before it the jobs that read it: a step of theirs holds its job when it writes here.

    Where another job was begun in between, what is held is let go, and all is locked anew.
    """
    reading = select(Job.id).join(Import, Job.id.in_((Import.job_id, Import.check_id))).where(Import.id == id).order_by(Job.id)
    query = select(Import).where(Import.id == id).with_for_update(key_share=True).execution_options(populate_existing=True)
    while True:
        held = session.begin_nested()
        jobs = set(session.scalars(reading.with_for_update(of=Job, key_share=True)))
        file = session.scalars(query).one_or_none()
        if file is None or {file.job_id, file.check_id} - {None} <= jobs:
            held.commit()
            return file
        held.rollback()
