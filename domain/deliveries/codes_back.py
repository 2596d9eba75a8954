"""Have codes been added where a distribution ran out of them? Then it goes on where it paused."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions import pause
from domain.nudges import nudge

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
