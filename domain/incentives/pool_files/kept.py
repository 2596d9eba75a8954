"""Which files of codes lie there, where, and until when?"""

import datetime
import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

import settings
from domain.kernel import clock
from domain.tables.journal import Job

KIND = "export_codes"
"""Of the jobs that write them; the job is what is known of a file."""
KEPT = datetime.timedelta(days=1)
"""How long a file lies there."""


def path(job: Job) -> Path:
    """Where the file lies."""
    return settings.current().data.resolve() / "exports" / f"{job.id.hex}.csv"


def latest(session: Session, campaign_id: uuid.UUID, most: int = 3) -> Sequence[Job]:
    """The latest files of this pool, made or being made."""
    mine = Job.subject_id == campaign_id, Job.kind == KIND, Job.report["gone"].is_(None)
    return session.scalars(select(Job).where(*mine).order_by(Job.id.desc()).limit(most)).all()


def sweep(session: Session) -> None:
    """Throw away files that were there for a day. Called by the clock."""
    old = select(Job).where(Job.kind == KIND, Job.ended_at < clock.now(session) - KEPT, Job.report["gone"].is_(None))
    for job in session.scalars(old.order_by(Job.id).limit(100)):
        path(job).unlink(missing_ok=True)
        job.report = job.report | {"gone": True}
