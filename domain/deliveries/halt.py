"""What stops by itself, and how is it told? A distribution pauses; a connection pauses; a notice says why, and rows stay as they are."""

import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import clock
from domain.base import Prefix, outside
from domain.connections import pause
from domain.project import audit, notices

TITLES = {
    "no_codes": "“{name}” has run out of codes",
    "plan_broken": "“{name}” cannot be sent as it is",
    "ceiling": "“{name}” reached more people than usual and paused itself",
}

_PAUSE = text("""
    UPDATE distributions SET status = 'paused', pause_reason = :reason, pause_detail = :detail, updated_at = :now
    WHERE id = :id AND status IN ('sending', 'live') RETURNING name
""")
_RESUME = text("""
    UPDATE distributions SET status = CASE WHEN trigger = 'manual' THEN 'sending' ELSE 'live' END, pause_reason = '', pause_detail = '',
        updated_at = :now
    WHERE id = :id AND status = 'paused' AND pause_reason = :reason RETURNING name
""")


def distribution(session: Session, id: uuid.UUID, reason: str, detail: str) -> bool:
    """Pause it because of `reason` (a key of TITLES) and tell people. False where it was paused or over already."""
    name = session.execute(_PAUSE, {"id": id, "reason": reason, "detail": detail, "now": clock.now(session)}).scalar_one_or_none()
    if name is None:
        return False
    about = outside(Prefix.DISTRIBUTION, id)
    notices.raise_notice(session, reason, about, TITLES[reason].format(name=name), detail, grave=True)
    audit.record(session, audit.SYSTEM, "pause distribution", about, name, None, {"reason": reason, "detail": detail})
    return True


def go_on(session: Session, id: uuid.UUID, reason: str) -> bool:
    """What it was paused for is put right: it goes on by itself."""
    name = session.execute(_RESUME, {"id": id, "reason": reason, "now": clock.now(session)}).scalar_one_or_none()
    if name is None:
        return False
    about = outside(Prefix.DISTRIBUTION, id)
    notices.resolve(session, reason, about)
    audit.record(session, audit.SYSTEM, "resume distribution", about, name, {"paused": reason})
    return True


def connection(session: Session, id: uuid.UUID, reason: str) -> bool:
    """The provider lets this connection send nothing. Its rows wait; everything else goes on. False where it was paused already."""
    return pause.pause(session, id, reason)
