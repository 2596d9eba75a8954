"""Go on after a pause. What the pause was for is looked at again; where it still stands in the way, the answer says so."""

import uuid

from sqlalchemy.orm import Session

from domain.distributions.control import countdown, pause
from domain.distributions.control.start import begin
from domain.distributions.draft.spec import Spec
from domain.distributions.draft.store import locked
from domain.distributions.mistakes import Mistake, NotNow
from domain.distributions.plan.make_plan import plan
from domain.distributions.states import Command, change, refusal
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign
from domain.triggers.checks import campaign_closed


def resume(session: Session, id: uuid.UUID, actor: Actor) -> list[Mistake]:
    """Let it go on where it paused; empty, or what must be put right first. Confirms what was late. Raises NotNow."""
    row = locked(session, id)
    if row.status != "paused":
        raise NotNow(refusal(Command.RESUME, row.status))
    spec = Spec.shown(row.spec)
    if mistakes := _in_the_way(session, row, spec):
        return mistakes
    reason = row.pause_reason
    if reason == "late":
        row.confirmed_late_at = clock.now(session)
        session.flush()
    _go_on(session, row, spec)
    about = outside(Prefix.DISTRIBUTION, id)
    pause.close_notices(session, id)
    audit.record(session, actor, "resume distribution", about, row.name, {"paused": reason})
    return []


def _in_the_way(session: Session, row: Distribution, spec: Spec) -> list[Mistake]:
    """What still keeps it from going on: for the unsent the whole plan, for what has begun only its codes."""
    if row.started_at is None or row.pause_reason == "plan_broken":
        made = plan(session, spec)
        return made if isinstance(made, list) else []
    campaign = session.get(Campaign, spec.gives, populate_existing=True) if row.pause_reason == "no_codes" and spec.gives else None
    closed = campaign_closed(session, campaign) if campaign else ""
    return [Mistake("action", "campaign_id", closed)] if closed else []


def _go_on(session: Session, row: Distribution, spec: Spec) -> None:
    if spec.live:
        change(session, row.id, Command.ACTIVATE, pause_reason="", pause_detail="")
    elif row.started_at is not None:
        change(session, row.id, Command.RESUME, pause_reason="", pause_detail="")
    elif _waits(session, row, spec):
        change(session, row.id, Command.REARM, pause_reason="", pause_detail="")
    else:
        begin(session, row.id, Command.RESUME)
    nudge(session, "distribution", row.id)


def _waits(session: Session, row: Distribution, spec: Spec) -> bool:
    """Whether its segment must be synced first: then it is scheduled again, and the countdown follows the sync."""
    if spec.to_segment is None:
        return False
    countdown.arm(session, row)
    session.flush()
    return row.due_at is None
