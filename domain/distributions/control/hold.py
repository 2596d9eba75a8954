"""Let the countdown stand still, and let it go on."""

import datetime
import uuid

from sqlalchemy.orm import Session

from domain.distributions.control import countdown
from domain.distributions.draft.store import locked
from domain.distributions.mistakes import NotNow
from domain.distributions.states import SAID
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside


def hold(session: Session, id: uuid.UUID, actor: Actor) -> None:
    """Stop the countdown with what is left of it. Raises NotNow where there is none."""
    row = locked(session, id)
    if row.status != "scheduled":
        raise NotNow(f"There is no countdown to hold: {SAID[row.status]}.")
    if row.held_seconds is not None:
        return
    left = row.due_at - clock.now(session) if row.due_at else countdown.delay(session)
    row.held_seconds, row.due_at = max(0, round(left.total_seconds())), None
    row.updated_by = actor.name
    audit.record(session, actor, "hold distribution", outside(Prefix.DISTRIBUTION, id), row.name, None, {"left": row.held_seconds})


def release(session: Session, id: uuid.UUID, actor: Actor) -> None:
    """Let the countdown go on from where it was held; a time somebody chose still holds. Raises NotNow."""
    row = locked(session, id)
    if row.status != "scheduled" or row.held_seconds is None:
        raise NotNow(f"Its countdown is not held: {SAID[row.status]}.")
    left = min(datetime.timedelta(seconds=row.held_seconds), countdown.delay(session))  # a time far away was chosen, not counted down
    row.held_seconds, row.updated_by = None, actor.name
    countdown.arm(session, row, left=left)
    audit.record(session, actor, "release distribution", outside(Prefix.DISTRIBUTION, id), row.name)
