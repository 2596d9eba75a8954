"""What became of an import? Its history, its progress, and a CSV of every line left out, with the reason and the line itself."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from domain.customers.imports.mapping import REPORT, ImportSettings
from domain.tables.imports import Import, ImportRemark
from domain.tables.journal import Job


@dataclass(frozen=True)
class Entry:
    """One import with its job; an upload that was never started has none."""

    file: Import
    job: Job | None

    def count(self, name: str) -> int:
        """One of `read`, `created`, `changed`, `same`, `left_out`, `notes`, `cells`, `given`, `withdrawn`, `kept_no`, `suppressed`."""
        return int(self.job.report.get(name, 0)) if self.job else 0

    @property
    def running(self) -> bool:
        """Whether it is still being worked on."""
        return self.job is not None and self.job.state in {"queued", "running"}


def check_of(session: Session, file: Import) -> Job | None:
    """The dry run of an upload; None where none was started."""
    return session.get(Job, file.check_id) if file.check_id else None


def history(session: Session, before: uuid.UUID | None = None, size: int = 20) -> list[Entry]:
    """The newest imports, started or waiting to be."""
    query = (
        select(Import, Job)
        .outerjoin(Job, Job.id == Import.job_id)
        .where(Import.of == "customers", Import.state != "discarded")
        .order_by(Import.id.desc())
    )
    if before is not None:
        query = query.where(Import.id < before)
    return [Entry(file, job) for file, job in session.execute(query.limit(size))]


def entry(session: Session, id: uuid.UUID) -> Entry | None:
    """One import."""
    row = session.execute(select(Import, Job).outerjoin(Job, Job.id == Import.job_id).where(Import.id == id)).one_or_none()
    return Entry(row[0], row[1]) if row else None


def first_remarks(session: Session, id: uuid.UUID, size: int = 20) -> Sequence[ImportRemark]:
    """The first lines there is something to say about, those left out before the notes."""
    query = select(ImportRemark).where(ImportRemark.import_id == id).order_by(ImportRemark.line, ImportRemark.id).limit(size)
    return session.scalars(query.where(ImportRemark.left_out)).all() or session.scalars(query).all()


def rows(session: Session, file: Import) -> Iterator[list[Any]]:
    """The report: line, what happened, column, why, and the cells of a line left out, in the order of the lines."""
    yield [*REPORT, *ImportSettings.from_json(file.reading).header]
    after: tuple[int, uuid.UUID] | None = None
    while True:
        query = select(ImportRemark).where(ImportRemark.import_id == file.id).order_by(ImportRemark.line, ImportRemark.id).limit(2_000)
        if after is not None:
            query = query.where(tuple_(ImportRemark.line, ImportRemark.id) > after)
        page = session.scalars(query).all()
        for remark in page:
            yield [remark.line, "left out" if remark.left_out else "note", remark.column, remark.text, *(remark.cells or [])]
        if not page:
            return
        after = (page[-1].line, page[-1].id)
        session.expunge_all()
