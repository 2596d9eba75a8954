"""A connection that cannot send pauses: its messages wait, everything else goes on. A person resumes it when it is put right."""

import uuid

from sqlalchemy.orm import Session

from domain.journal import audit, notices
from domain.kernel import clock
from domain.kernel.actor import SYSTEM, Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge
from domain.tables.connections import Connection


def pause(session: Session, id: uuid.UUID, reason: str, actor: Actor = SYSTEM) -> bool:
    """Let it send no more, because `reason`; whether it did until now. People are told, but not of what a person did."""
    connection = _locked(session, id)
    if connection.paused_at is not None or connection.archived_at is not None:
        return False
    connection.paused_at, connection.paused_reason = clock.now(session), reason
    about = outside(Prefix.CONNECTION, id)
    if actor is SYSTEM:
        connection.health, connection.health_reason = "failing", reason
        body = f"{reason} Its messages wait. Put it right under Connections, then let it go on."
        notices.raise_notice(session, "connection", about, f"“{connection.name}” is paused", body, grave=True)
    session.flush()
    audit.record(session, actor, "pause connection", about, connection.name, after={"reason": reason})
    return True


def resume(session: Session, id: uuid.UUID, actor: Actor) -> bool:
    """Let it send again; whether it was paused. The nudge lets the distributions go on that waited for it."""
    connection = _locked(session, id)
    if connection.paused_at is None or connection.archived_at is not None:
        return False
    reason, connection.paused_at, connection.paused_reason = connection.paused_reason, None, ""
    connection.failing_since = None
    if connection.health == "failing":
        connection.health, connection.health_reason = "unknown", ""
    session.flush()
    about = outside(Prefix.CONNECTION, id)
    notices.resolve(session, "connection", about)
    audit.record(session, actor, "resume connection", about, connection.name, before={"reason": reason})
    nudge(session, "resumed", id)
    return True


def _locked(session: Session, id: uuid.UUID) -> Connection:
    return session.get_one(Connection, id, with_for_update={"key_share": True}, populate_existing=True)
