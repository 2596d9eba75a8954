"""Stop for a while: because a person says so, or because something is in the way. What is paused can go on; nothing is lost."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.mistakes import NotNow
from domain.distributions.states import Command, change
from domain.journal import audit, notices
from domain.kernel.actor import SYSTEM, Actor
from domain.kernel.base import Prefix, outside
from domain.tables.distributions import Distribution

TITLES = {
    "no_codes": "“{name}” has run out of codes",
    "connection": "“{name}” waits for a connection",
    "late": "“{name}” is late and waits for you",
    "plan_broken": "“{name}” cannot be sent as it is",
    "ceiling": "“{name}” reached more people than usual and paused itself",
}
"""Why something other than a person paused it, as notices say it."""


def pause_by_person(session: Session, id: uuid.UUID, actor: Actor) -> None:
    """Pause what is sending or live. Raises NotNow."""
    row = session.get_one(Distribution, id, populate_existing=True)
    if row.status == "scheduled":
        raise NotNow("It has not begun: hold the countdown instead.")
    change(session, id, Command.PAUSE, pause_reason="person", pause_detail=f"Paused by {actor.name}", updated_by=actor.name)
    audit.record(session, actor, "pause distribution", outside(Prefix.DISTRIBUTION, id), row.name)


def pause_because(session: Session, id: uuid.UUID, reason: str, detail: str) -> bool:
    """Pause it because `reason` (a key of TITLES), tell people, and write it down. False where it was paused or over already."""
    name = session.execute(select(Distribution.name).where(Distribution.id == id)).scalar_one_or_none() or ""
    try:
        change(session, id, Command.PAUSE, pause_reason=reason, pause_detail=detail)
    except NotNow:
        return False
    about = outside(Prefix.DISTRIBUTION, id)
    notices.raise_notice(session, reason, about, TITLES[reason].format(name=name), detail, grave=True)
    audit.record(session, SYSTEM, "pause distribution", about, name, None, {"reason": reason, "detail": detail})
    return True


def resume_if_paused_for(session: Session, id: uuid.UUID, reason: str) -> bool:
    """What it paused for is no longer so: it goes on by itself. False where it is not paused, or for something else."""
    here = select(Distribution.name, Distribution.live).where(
        Distribution.id == id, Distribution.status == "paused", Distribution.pause_reason == reason
    )
    row = session.execute(here.with_for_update(key_share=True)).one_or_none()
    if row is None:
        return False
    change(session, id, Command.ACTIVATE if row.live else Command.RESUME, pause_reason="", pause_detail="")
    close_notices(session, id)
    audit.record(session, SYSTEM, "resume distribution", outside(Prefix.DISTRIBUTION, id), row.name, {"paused": reason})
    return True


def close_notices(session: Session, id: uuid.UUID) -> None:
    """What it was paused for is put right, or no longer matters: close the notices about it."""
    for reason in TITLES:
        notices.resolve(session, reason, outside(Prefix.DISTRIBUTION, id))
