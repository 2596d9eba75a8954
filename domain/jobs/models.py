"""A long piece of work, done in steps of one short transaction each."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified


class Job(Identified, Base):
    """`kind` names the step function, `subject_id` what it works on; `cursor` is whatever the next step needs to go on."""

    __tablename__ = "jobs"
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    title: Mapped[str]
    """As Home shows it under “Working on”."""
    state: Mapped[str] = mapped_column(default="queued")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime.datetime | None]
    ended_at: Mapped[datetime.datetime | None]
    asked_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'canceled')", name="state"),
        Index("ix_jobs_open", "id", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_jobs_subject", "subject_id", "id"),
    )
