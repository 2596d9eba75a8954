"""How many connections need somebody?"""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.tables.connections import Connection


def failing_connections(session: Session) -> int:
    """How many connections are paused or failing."""
    troubled = or_(Connection.paused_at.is_not(None), Connection.health == "failing")
    return session.scalar(select(func.count()).select_from(Connection).where(Connection.archived_at.is_(None), troubled)) or 0
