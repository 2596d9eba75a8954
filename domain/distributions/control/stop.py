"""The end before the end. Stop (of one that is sent once) and End (of a live one) are final.

After a stop what is unsent is skipped, its codes freed. An end has a time: what happened before it is served, what happened after is not.
Who ends what is paused lets nothing out that was held: it is skipped, as after a stop.
"""

import uuid

from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.distributions.draft.store import locked
from domain.distributions.states import Command, change
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge


def stop(session: Session, id: uuid.UUID, actor: Actor) -> None:
    """Stop or end it for good; `ended_at` is the time that events are compared with. Raises NotNow."""
    row = locked(session, id)
    command = Command.END if row.live else Command.STOP
    before = row.status
    held = row.pause_reason if command is Command.END else ""  # the mark of an end during a pause: nothing more leaves
    over = {"ended_at": clock.now(session), "due_at": None, "held_seconds": None, "pause_reason": held, "pause_detail": ""}
    change(session, id, command, **over, updated_by=actor.name)
    about = outside(Prefix.DISTRIBUTION, id)
    pause.close_notices(session, id)
    audit.record(session, actor, f"{command} distribution", about, row.name, {"status": before})
    nudge(session, "distribution", id)
    nudge(session, "distribution", id, lane="trigger")
