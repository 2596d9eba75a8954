"""How is long work done? A step at a time, each in a transaction of its own that also says how far it came.

A killed worker costs the step it was in. Whoever finds an open job goes on with it; the row lock keeps two from doing the same step.
"""

import importlib
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.nudges import nudge
from domain.tables.journal import Job

Step = Callable[[Session, Job], bool]
"""Does one step within a few seconds, moving `job.done` and `job.cursor`; True when the whole job is done.

Raises JobError with words for a person where the job cannot go on.
"""

KINDS: dict[str, str] = {
    "import_customers": "domain.customers.imports.run:step",
    "generate_codes": "domain.incentives.codes.generate:step",
    "import_codes": "domain.incentives.codes.import_codes:step",
    "import_used_codes": "domain.incentives.ledger.record_uses:step",
    "sync_segment": "domain.customers.membership.sync:step",
}
"""Kind of a job -> module:function of its step. Imported when needed, so that an idle worker stays small."""


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
    """Jobs that are not at their end, oldest first; the clock nudges for each."""
    return list(session.scalars(select(Job.id).where(Job.state.in_(("queued", "running"))).order_by(Job.id).limit(100)))


def step(session: Session, job_id: uuid.UUID) -> bool:
    """Do the next step of this job; whether there is another. Somebody else's step, or an ended job, is no work for us.

    An unforeseen exception leaves the job open: the caller rolls back, and `fail` writes it down.
    """
    job = session.scalars(
        select(Job).where(Job.id == job_id, Job.state.in_(("queued", "running"))).with_for_update(skip_locked=True)
    ).one_or_none()
    if job is None:
        return False
    job.state = "running"
    module, _, name = KINDS[job.kind].partition(":")
    function: Step = getattr(importlib.import_module(module), name)
    try:
        finished = function(session, job)
    except JobError as why:
        _end_badly(session, job, str(why))
        return False
    if finished:
        job.state, job.ended_at = "done", clock.now(session)
    return not finished


def fail(session: Session, job_id: uuid.UUID, error: str) -> None:
    """End a job that broke; `error` is what a person reads, with the reference that finds the log line."""
    job = session.get(Job, job_id)
    if job is not None and job.state in {"queued", "running"}:
        _end_badly(session, job, error)


def _end_badly(session: Session, job: Job, error: str) -> None:
    """Where the module of the step has a `failed(session, job, error)`, it writes the failure down at its own row, too."""
    job.state, job.error, job.ended_at = "failed", error, clock.now(session)
    told = getattr(importlib.import_module(KINDS[job.kind].partition(":")[0]), "failed", None)
    if told is not None:
        told(session, job, error)


def cancel(session: Session, job_id: uuid.UUID) -> None:
    """A person does not want it any more; the steps already done stay."""
    job = session.get(Job, job_id)
    if job is not None and job.state in {"queued", "running"}:
        job.state, job.ended_at = "canceled", clock.now(session)
