"""What stops by itself, and how is it told? A distribution pauses; a connection pauses; a notice says why, and rows stay as they are."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.base import Prefix, outside
from domain.connections import pause as connection_pause
from domain.distributions import pause
from domain.distributions.models import Distribution
from domain.distributions.states import Command, change
from domain.project import audit, notices


def distribution(session: Session, id: uuid.UUID, reason: str, detail: str) -> bool:
    """Pause it because of `reason` and tell people. False where it was paused or over already."""
    return pause.because(session, id, reason, detail)


def go_on(session: Session, id: uuid.UUID, reason: str) -> bool:
    """What it was paused for is put right: it goes on by itself."""
    paused = (Distribution.id == id, Distribution.status == "paused", Distribution.pause_reason == reason)
    row = session.execute(select(Distribution.name, Distribution.trigger).where(*paused).with_for_update()).one_or_none()
    if row is None:
        return False
    change(session, id, Command.RESUME if row.trigger == "manual" else Command.ACTIVATE, pause_reason="", pause_detail="")
    about = outside(Prefix.DISTRIBUTION, id)
    notices.resolve(session, reason, about)
    audit.record(session, audit.SYSTEM, "resume distribution", about, row.name, {"paused": reason})
    return True


def connection(session: Session, id: uuid.UUID, reason: str) -> bool:
    """The provider lets this connection send nothing. Its rows wait; everything else goes on. False where it was paused already."""
    return connection_pause.pause(session, id, reason)
