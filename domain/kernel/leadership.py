"""Whose turn is it? One clock of many leads, and each of its tasks runs once a period, whoever leads."""

import datetime

from sqlalchemy import text
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
    """When a task of the clock last ran."""

    __tablename__ = "clock_tasks"
    name: Mapped[str] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime.datetime]


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
                ON CONFLICT (name) DO UPDATE SET ran_at = :now WHERE clock_tasks.ran_at <= :before OR clock_tasks.ran_at > :now
                RETURNING true
            """),
            {"name": name, "now": now, "before": now - period},
        ).scalar_one_or_none()
    )
