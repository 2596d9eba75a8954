"""Have codes been added where a distribution ran out of them? Then it goes on where it paused."""

import contextlib
import uuid

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.distributions.control import resume as distributions
from domain.distributions.mistakes import NotNow
from domain.kernel.actor import Actor
from domain.kernel.nudges import nudge
from domain.tables.distributions import Distribution

_FILLED = text("""
    SELECT d.id FROM distributions d
    JOIN distribution_versions v ON v.distribution_id = d.id AND v.version = d.version
    JOIN campaigns c ON c.id = CAST(v.plan->>'campaign_id' AS uuid)
    WHERE d.status = 'paused' AND d.pause_reason = 'no_codes' AND c.active
      AND EXISTS (SELECT FROM vouchers x WHERE x.campaign_id = c.id AND x.is_free)
""")


def go_on(session: Session) -> int:
    """Let every distribution go on whose campaign has free codes again; how many."""
    ids = session.scalars(_FILLED).all()
    for id in ids:
        if pause.put_right(session, id, "no_codes"):
            nudge(session, "distribution", id, "bulk")
            nudge(session, "distribution", id, "trigger")
    return len(ids)


def _go_on(session: Session, id: uuid.UUID, actor: Actor) -> None:
    wanted = {"channels": [{"connection_id": str(id)}]}
    waiting = or_(Distribution.pause_reason == "connection", Distribution.status.in_(("sending", "live")))
    rows = session.execute(select(Distribution.id, Distribution.status).where(waiting, Distribution.spec.contains(wanted)))
    for distribution_id, status in rows.all():
        if status == "paused":
            with contextlib.suppress(NotNow):  # a person was faster
                distributions.resume(session, distribution_id, actor)
        else:
            nudge(session, "distribution", distribution_id)
