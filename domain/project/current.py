"""Which project is this? The one row, made at its first use."""

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

import settings
from domain import clock
from domain.connections.models import Connection
from domain.project.models import Project, Sender


def of(session: Session) -> Project:
    """The project of this installation."""
    project = session.get(Project, 1)
    if project is None:
        session.execute(insert(Project).values(id=1, updated_at=clock.now(session)).on_conflict_do_nothing())
        project = session.get_one(Project, 1)
    return project


def public_url(project: Project) -> str:
    """Where people reach this installation, without a slash at the end: what the project says, or this machine while it says nothing."""
    return project.public_url or f"http://127.0.0.1:{settings.current().port}"


def senders(session: Session) -> list[Sender]:
    """The addresses that messages may come from, the default one first."""
    return list(session.scalars(select(Sender).order_by(Sender.is_default.desc(), Sender.id)))


def failing_connections(session: Session) -> int:
    """How many connections are paused or failing."""
    troubled = or_(Connection.paused_at.is_not(None), Connection.health == "failing")
    return session.scalar(select(func.count()).select_from(Connection).where(Connection.archived_at.is_(None), troubled)) or 0
