"""What is due now? The clock starts it: once, if it still holds, and if it is not too late."""

import uuid

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.distributions.control import countdown, guard, pause
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.distributions.plan.make_plan import plan
from domain.distributions.states import Command, change
from domain.journal import quarantine
from domain.kernel import clock
from domain.kernel.nudges import nudge
from domain.tables.distributions import Distribution


def start_due(session: Session) -> list[uuid.UUID]:
    """Start every scheduled distribution whose time has come; their ids. Late or broken ones pause and tell people instead.

    Rows somebody else looks at are left to them; the conditional UPDATE lets each start once.
    """
    countdown.check_sync(session)
    guard.after_gap(session)
    now = clock.now(session)
    due = select(Distribution).where(
        Distribution.status == "scheduled",
        Distribution.due_at <= now,
        Distribution.held_seconds.is_(None),
        text(quarantine.whole("starts", "distributions.id")),
    )
    rows = session.scalars(due.order_by(Distribution.due_at).limit(50).with_for_update(key_share=True, skip_locked=True)).all()
    started: dict[uuid.UUID, None] = {}

    def start(row: Distribution) -> None:
        started.pop(row.id, None)
        if _start(session, row):
            started[row.id] = None

    broken = quarantine.each(session, "starts", rows, start, lambda row: row.id)
    return [id for id in started if id not in {one.item.id for one in broken}]


def _start(session: Session, row: Distribution) -> bool:
    if late := guard.late(row, clock.now(session)):
        pause.pause_because(session, row.id, "late", late)
        return False
    made = plan(session, Spec.shown(row.spec))
    if isinstance(made, list):
        pause.pause_because(session, row.id, "plan_broken", " ".join(m.text for m in made))
        return False
    try:
        begin(session, row.id, Command.START)
    except NotNow:
        return False
    return True


def begin(session: Session, id: uuid.UUID, command: Command) -> None:
    """Let a manual distribution send: from scheduled (START) or from a pause before its first message (RESUME). Raises NotNow."""
    change(session, id, command, started_at=clock.now(session), held_seconds=None, pause_reason="", pause_detail="")
    nudge(session, "distribution", id)
