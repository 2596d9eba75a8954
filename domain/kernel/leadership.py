"""Whose turn is it? One clock of many leads, and each of its tasks runs once a period, whoever leads."""

import datetime
from collections.abc import Sequence

from sqlalchemy import Integer, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from domain.kernel import clock
from domain.kernel.base import Base


class Leader(Base):
    """One row: which clock leads, and until when it may be silent."""

    __tablename__ = "clock_leader"
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    holder: Mapped[str]
    lease_until: Mapped[datetime.datetime]


class TaskRun(Base):
    """When a task of the clock last ran, and how often in a row it failed."""

    __tablename__ = "clock_tasks"
    name: Mapped[str] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime.datetime | None]
    """None: it is due at once."""
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    failed_at: Mapped[datetime.datetime | None]
    error: Mapped[str] = mapped_column(default="", server_default="")
    """The class of the error; what exactly it was stands in the log."""


def lead(session: Session, holder: str, seconds: float) -> bool:
    """Whether `holder` leads for the next `seconds`: it led before, or the one that led has been silent too long."""
    now = clock.now(session)
    return bool(
        session.execute(
            text("""
                INSERT INTO clock_leader (id, holder, lease_until) VALUES (1, :holder, :until)
                ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until
                WHERE clock_leader.holder = excluded.holder OR clock_leader.lease_until < :now
                RETURNING true
            """),
            {"holder": holder, "until": now + datetime.timedelta(seconds=seconds), "now": now},
        ).scalar_one_or_none()
    )


def step_down(session: Session, holder: str) -> None:
    """Let another clock lead at once, because this one ends."""
    session.execute(text("DELETE FROM clock_leader WHERE holder = :holder"), {"holder": holder})


def take(session: Session, name: str, period: datetime.timedelta) -> bool:
    """Whether the task `name` is due now; taking the turn moves it a period on. A clock set back does not stop it."""
    now = clock.now(session)
    return bool(
        session.execute(
            text("""
                INSERT INTO clock_tasks (name, ran_at) VALUES (:name, :now)
                ON CONFLICT (name) DO UPDATE SET ran_at = :now
                WHERE clock_tasks.ran_at IS NULL OR clock_tasks.ran_at <= :before OR clock_tasks.ran_at > :now
                RETURNING true
            """),
            {"name": name, "now": now, "before": now - period},
        ).scalar_one_or_none()
    )


def soon(session: Session, name: str) -> None:
    """Let the task `name`, which has more to do than one pass holds, be due at once."""
    session.execute(text("UPDATE clock_tasks SET ran_at = NULL WHERE name = :name"), {"name": name})


def failed(session: Session, name: str, error: str) -> None:
    """The task `name` broke once more."""
    session.execute(
        text("""
            INSERT INTO clock_tasks (name, failures, failed_at, error) VALUES (:name, 1, :now, :error)
            ON CONFLICT (name) DO UPDATE SET failures = clock_tasks.failures + 1, failed_at = :now, error = :error
        """),
        {"name": name, "now": clock.now(session), "error": error},
    )


def mended(session: Session, name: str) -> None:
    """The task `name` did well again."""
    session.execute(text("UPDATE clock_tasks SET failures = 0, failed_at = NULL, error = '' WHERE name = :name"), {"name": name})


def failing(session: Session) -> Sequence[TaskRun]:
    """The tasks that broke when they last ran."""
    return session.scalars(select(TaskRun).where(TaskRun.failures > 0).order_by(TaskRun.name)).all()
