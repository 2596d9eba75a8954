"""Does a live distribution reach far more people than usual? Then it pauses itself until a person has looked."""

import datetime
import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.sending.states import tallies

LEAST_CEILING = 1000
"""People per hour below which nothing is a flood."""
USUAL_TIMES = 10


def pause_above_ceiling(session: Session, id: uuid.UUID, now: datetime.datetime) -> None:
    """Pause a live distribution that woke far more people in an hour than usual; whoever came meanwhile waits for a person's word."""
    woken = tallies.since(session, id, "", "woken", now - datetime.timedelta(hours=1))
    if woken <= LEAST_CEILING // USUAL_TIMES:
        return
    ceiling = ceiling_of(session, id, now)
    if woken > ceiling:
        detail = f"{woken:,} people in an hour, and the most it may reach is {ceiling:,}. Look at what happened, then let it go on."
        pause.pause_because(session, id, "ceiling", detail)


def ceiling_of(session: Session, id: uuid.UUID, now: datetime.datetime) -> int:
    """People per hour above which it pauses itself: its own number, or ten times what was usual in the last week."""
    own = session.scalar(text("SELECT ceiling_per_hour FROM distributions WHERE id = :id"), {"id": id})
    if own is not None:
        return int(own)
    week = tallies.since(session, id, "", "woken", now - datetime.timedelta(days=7))
    hour = tallies.since(session, id, "", "woken", now - datetime.timedelta(hours=1))
    return max(LEAST_CEILING, USUAL_TIMES * (week - hour) // (7 * 24))
