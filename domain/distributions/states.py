"""Which command may be given in which state? One table, and one conditional UPDATE that must change exactly one row.

Manual: draft -> scheduled -> sending <-> paused -> done | stopped. Live: draft -> live <-> paused -> ended. Stop and end are final;
what is done sends again where a person retries what failed.
"""

import enum
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.distributions.mistakes import NotNow
from domain.kernel import clock
from domain.tables.distributions import Distribution


class Command(enum.StrEnum):
    """What a person, a worker or the clock can tell a distribution to do."""

    SCHEDULE = "schedule"
    GO_LIVE = "go live"
    START = "start"
    PAUSE = "pause"
    REARM = "re-arm"
    RESUME = "resume"
    ACTIVATE = "activate"
    FINISH = "finish"
    AGAIN = "send again"
    STOP = "stop"
    END = "end"


@dataclass(frozen=True)
class Move:
    """From any of `sources` to `target`, for distributions that are sent once (`live` False) or stay live (True)."""

    sources: tuple[str, ...]
    target: str
    live: bool | None
    """None: for both."""


TRANSITIONS: dict[Command, Move] = {
    Command.SCHEDULE: Move(("draft",), "scheduled", live=False),
    Command.GO_LIVE: Move(("draft",), "live", live=True),
    Command.START: Move(("scheduled",), "sending", live=False),
    Command.PAUSE: Move(("scheduled", "sending", "live"), "paused", live=None),
    Command.REARM: Move(("paused",), "scheduled", live=False),
    Command.RESUME: Move(("paused",), "sending", live=False),
    Command.ACTIVATE: Move(("paused",), "live", live=True),
    Command.FINISH: Move(("sending",), "done", live=False),
    Command.AGAIN: Move(("done",), "sending", live=False),
    Command.STOP: Move(("scheduled", "sending", "paused"), "stopped", live=False),
    Command.END: Move(("live", "paused"), "ended", live=True),
}

SAID = {
    "draft": "it is still a draft",
    "scheduled": "it is scheduled",
    "sending": "it is sending",
    "paused": "it is paused",
    "done": "everything is sent",
    "stopped": "it was stopped, and stop is final",
    "live": "it is live",
    "ended": "it has ended, and an end is final",
}


def allowed(command: Command, status: str, *, live: bool) -> bool:
    """Whether the table has this move."""
    move = TRANSITIONS[command]
    return status in move.sources and move.live in {None, live}


def refusal(command: Command, status: str) -> str:
    """The one sentence for a command that is not allowed in this state."""
    return f"It cannot {command} now: {SAID.get(status, status)}."


def change(session: Session, id: uuid.UUID, command: Command, **values: Any) -> None:
    """Make the move, setting `values` in the same statement. Raises NotNow where the row is not (or no longer) in a state for it."""
    move = TRANSITIONS[command]
    here = [Distribution.id == id, Distribution.status.in_(move.sources)]
    if move.live is not None:
        here.append(Distribution.live.is_(move.live))
    wanted = {"status": move.target, "updated_at": clock.now(session), **values}
    changed = session.execute(
        update(Distribution).where(*here).values(wanted).returning(Distribution.id).execution_options(synchronize_session=False)
    ).all()
    loaded = session.identity_map.get(session.identity_key(Distribution, id))
    if loaded is not None:
        session.expire(loaded)
    if len(changed) != 1:
        status = session.execute(select(Distribution.status).where(Distribution.id == id)).scalar_one_or_none()
        raise NotNow(refusal(command, status) if status else "This distribution is gone.")
