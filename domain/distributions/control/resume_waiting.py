"""Which paused distributions can go on by themselves, now that what they waited for is there again?"""

import contextlib
import uuid
from collections.abc import Callable

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from domain.distributions.control import pause, resume
from domain.distributions.mistakes import NotNow
from domain.journal import quarantine
from domain.kernel.actor import SYSTEM
from domain.kernel.nudges import nudge

_WHOLE = quarantine.whole("resumes", "d.id")
_FILLED = text(f"""
    SELECT d.id FROM distributions d
    JOIN distribution_versions v ON v.distribution_id = d.id AND v.version = d.version
    JOIN campaigns c ON c.id = CAST(v.plan->>'campaign_id' AS uuid)
    WHERE d.status = 'paused' AND d.pause_reason = 'no_codes' AND c.active
      AND EXISTS (SELECT FROM vouchers x WHERE x.campaign_id = c.id AND x.is_free) AND {_WHOLE}
""")
_CONNECTED = text(f"""
    SELECT d.id FROM distributions d
    JOIN distribution_versions v ON v.distribution_id = d.id AND v.version = d.version
    WHERE d.status = 'paused' AND d.pause_reason = 'connection'
      AND NOT EXISTS (
        SELECT FROM connections c WHERE c.paused_at IS NOT NULL AND v.connections @> to_jsonb(CAST(c.id AS text))
      )
      AND {_WHOLE}
    ORDER BY d.id
""")


def after_codes(session: Session) -> bool:
    """Let every distribution go on that ran out of codes and whose campaign has free ones again; False: nothing is left to do."""
    return _each(session, _FILLED, _with_codes)


def after_connections(session: Session) -> bool:
    """Let every distribution go on that waited for a connection and whose connections all send again; False: nothing is left to do.

    One that cannot go on for another reason stays paused; its page says why when a person resumes it.
    """
    return _each(session, _CONNECTED, _with_connections)


def _each(session: Session, waiting: TextClause, go_on: Callable[[Session, uuid.UUID], object]) -> bool:
    ids = session.scalars(waiting).all()
    quarantine.each(session, "resumes", ids, lambda which: go_on(session, which))
    return False


def _with_codes(session: Session, id: uuid.UUID) -> None:
    if pause.resume_if_paused_for(session, id, "no_codes"):
        nudge(session, "distribution", id, "bulk")
        nudge(session, "distribution", id, "trigger")


def _with_connections(session: Session, id: uuid.UUID) -> None:
    with contextlib.suppress(NotNow):  # a person was faster
        resume.resume(session, id, SYSTEM)
