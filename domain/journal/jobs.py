"""How is long work done? A step at a time, each in a transaction of its own that also says how far it came.

A killed worker costs the step it was in. Whoever finds an open job goes on with it; the row lock keeps two from doing the same step.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.nudges import nudge
from domain.tables.journal import Job

Step = Callable[[Session, Job], bool]
"""Does one step within a few seconds, moving `job.done` and `job.cursor`; True when the whole job is done.

Raises JobError with words for a person where the job cannot go on.
"""

AT_ONCE = 100
"""Jobs that one look of the clock asks for."""

Failed = Callable[[Session, Job, str], None]
"""Writes the failure down at the job's own row, too; the text is what a person reads."""


@dataclass(frozen=True)
class JobKind:
    """What is done for one kind of job, a step at a time, and when it fails."""

    step: Step
    failed: Failed | None = None


Kinds = Callable[[str], JobKind]
"""Finds what is done for a kind. Handed in by the caller, since the steps stand in higher rooms. Raises KeyError."""


class JobError(Exception):
    """The job cannot go on; the text is for a person. Everything its finished steps did stays."""


def start(
    session: Session,
    kind: str,
    title: str,
    subject_id: uuid.UUID | None = None,
    total: int = 0,
    cursor: dict[str, Any] | None = None,
    asked_by: str = "",
) -> Job:
    """Write down a job and nudge the workers."""
    job = Job(
        kind=kind, title=title, subject_id=subject_id, total=total, cursor=cursor or {}, asked_by=asked_by, created_at=clock.now(session)
    )
    session.add(job)
    session.flush()
    nudge(session, "job", job.id)
    return job


def open_jobs(session: Session) -> list[uuid.UUID]:
    """Jobs that are not at their end, oldest first; the clock nudges for each.

    Of too many a lot decides, so that none waits behind those which cannot go on.
    """
    some = select(Job.id).where(Job.state.in_(("queued", "running"))).order_by(func.random()).limit(AT_ONCE).subquery()
    return list(session.scalars(select(some.c.id).order_by(some.c.id)))


def advance(session: Session, job_id: uuid.UUID, kinds: Kinds) -> bool:
    """Do the next step of this job; whether there is another. Somebody else's step, or an ended job, is no work for us.

    An unforeseen exception leaves the job open: the caller rolls back, and `fail` writes it down.
    """
    job = _open(session, job_id, skip_locked=True)
    if job is None:
        return False
    job.state = "running"
    kind = kinds(job.kind)
    try:
        finished = kind.step(session, job)
    except JobError as why:
        _end_badly(session, job, kind, str(why))
        return False
    if finished:
        job.state, job.ended_at = "done", clock.now(session)
    return not finished


def _open(session: Session, job_id: uuid.UUID, skip_locked: bool = False) -> Job | None:
    """The job, locked and read afresh, where it has not ended; a step that is being done is waited for, unless `skip_locked`."""
    here = select(Job).where(Job.id == job_id, Job.state.in_(("queued", "running")))
    return session.scalars(
        here.with_for_update(key_share=True, skip_locked=skip_locked).execution_options(populate_existing=True)
    ).one_or_none()


def fail(session: Session, job_id: uuid.UUID, kinds: Kinds, error: str) -> None:
    """End a job that broke; `error` is what a person reads, with the reference that finds the log line."""
    if (job := _open(session, job_id)) is not None:
        _end_badly(session, job, kinds(job.kind), error)


def _end_badly(session: Session, job: Job, kind: JobKind, error: str) -> None:
    job.state, job.error, job.ended_at = "failed", error, clock.now(session)
    if kind.failed is not None:
        kind.failed(session, job, error)


def cancel(session: Session, job_id: uuid.UUID) -> None:
    """A person does not want it any more; the steps already done stay."""
    if (job := _open(session, job_id)) is not None:
        job.state, job.ended_at = "canceled", clock.now(session)
