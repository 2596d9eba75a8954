"""Is a clock here? It says so in a row, and a gap of an hour holds what is due until a person has looked."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel import clock


def heartbeat(session: Session) -> None:
    """Say that a clock is here. Only after the gap before it was looked at."""
    session.execute(text("SET LOCAL synchronous_commit = off"))
    session.execute(text("UPDATE project SET last_seen_at = :now WHERE id = 1"), {"now": clock.now(session)})
