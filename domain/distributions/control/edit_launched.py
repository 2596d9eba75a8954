"""Change what was launched: on a side draft, so that nothing half-typed is ever sent. Apply swaps it in as a new version."""

import uuid
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.distributions.control import countdown, launch
from domain.distributions.draft.spec import Spec
from domain.distributions.draft.store import NameRefused, locked, seen, take_waiting_name, working
from domain.distributions.mistakes import Mistake, NotNow
from domain.distributions.plan.check_trigger import passed
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.distributions.states import SAID
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, new_id, outside
from domain.kernel.errors import Stale
from domain.kernel.nudges import nudge
from domain.tables.distributions import Distribution

EDITABLE = frozenset({"scheduled", "live", "paused"})

BEGAN = "It has begun: only its messages can change now. What differs here stays as it was launched, or goes into a duplicate."


@dataclass(frozen=True)
class Applied:
    """The edit is in: as this version."""

    version: int


def begin(session: Session, id: uuid.UUID, actor: Actor) -> None:
    """Open a side draft, or go on with the one there is. Raises NotNow where nothing can be changed any more."""
    row = locked(session, id)
    if row.status not in EDITABLE:
        raise NotNow(f"It cannot be edited now: {SAID[row.status]}." + (" Pause it first." if row.status == "sending" else ""))
    if row.side_spec is None:
        row.side_spec, row.side_of_version = row.spec, row.version
        row.row_version += 1
        row.updated_by, row.updated_at = actor.name, clock.now(session)


def discard(session: Session, id: uuid.UUID, actor: Actor) -> None:
    """Drop the side draft; what was launched stays as it is."""
    row = locked(session, id)
    if row.side_spec is None:
        return
    audit.record(session, actor, "discard edit of distribution", outside(Prefix.DISTRIBUTION, id), row.name, {"spec": row.side_spec})
    row.side_spec, row.side_of_version, row.side_name = None, None, ""
    row.row_version += 1


def apply(session: Session, id: uuid.UUID, actor: Actor, row_version: int | None = None) -> Applied | list[Mistake]:
    """Swap the side draft in. Mistakes leave it open. Raises NotNow where sending began meanwhile (the draft is kept), or Stale."""
    row = seen(session, id)
    row_version = row.row_version if row_version is None else row_version
    _check(row, row_version)
    edited, launched = working(row), Spec.shown(row.spec)
    if mistakes := refused(row, launched, edited):
        return mistakes
    made = plan(session, edited)
    if isinstance(made, list):
        return made
    _check(launch.begin_to_wait(session, id, made), row_version)
    if mistakes := refused(row, launched, edited):  # it may have begun meanwhile
        return mistakes
    if _time_changed(launched, edited) and (late := passed(edited, clock.now(session))):
        return [late]
    try:
        with session.begin_nested():
            take_waiting_name(session, row, actor)
    except NameRefused as wrong:
        session.refresh(row)
        return [Mistake("summary", "name", str(wrong))]
    _swap(session, row, edited, made, actor)
    if row.status == "scheduled" and _time_moves(session, row, launched, edited):
        countdown.arm(session, row)
    if launched.live and made.current_members and _others_inside(launched, edited):
        row.run, row.cursor, row.fanned_out_at = new_id(), None, None
    audit.record(
        session, actor, "apply edit of distribution", outside(Prefix.DISTRIBUTION, id), row.name,
        {"version": row.version - 1}, {"version": row.version},
    )  # fmt: skip
    nudge(session, "distribution", id)
    return Applied(row.version)


def _check(row: Distribution, row_version: int) -> None:
    if row.side_spec is None:
        raise NotNow("There is no edit to apply.")
    if row.row_version != row_version:
        raise Stale(row.updated_by, row.updated_at, what=row.name)


def refused(row: Distribution, launched: Spec, edited: Spec) -> list[Mistake]:
    """What an edit may not change: whether it is sent once or stays live and, once messages went out by hand, who gets what."""
    if launched.live != edited.live:
        kind = "A live distribution cannot become one that is sent once" if launched.live else "What is sent once cannot become live"
        return [Mistake("trigger", "trigger", f"{kind}. Duplicate it instead.")]
    if launched.live or row.started_at is None:
        return []
    fixed = {
        "trigger": (launched.to_segment, launched.to_customer) == (edited.to_segment, edited.to_customer),
        "action": (launched.action, launched.gives, launched.tier_id) == (edited.action, edited.gives, edited.tier_id),
        "channels": {(c.key, c.connection_id) for c in launched.channels} == {(c.key, c.connection_id) for c in edited.channels},
    }
    return [Mistake(step, step, BEGAN) for step, same in fixed.items() if not same]


def _swap(session: Session, row: Distribution, edited: Spec, made: Plan, actor: Actor) -> None:
    """The conditional UPDATE: only while it is still in a state to be edited, and of the version the edit began with."""
    began_with, before = row.side_of_version, row.status
    swapped = session.execute(
        update(Distribution)
        .where(
            Distribution.id == row.id, Distribution.status == before, Distribution.status.in_(EDITABLE), Distribution.version == began_with
        )
        .values(spec=edited.as_json(), trigger=edited.trigger, live=edited.live, side_spec=None, side_of_version=None)
        .returning(Distribution.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.refresh(row)
    if len(swapped) != 1:
        raise NotNow(too_late(row))
    launch.freeze(session, row, made, actor)


def too_late(row: Distribution) -> str:
    """Why an edit can no longer be applied. The draft is kept, to be copied from or duplicated."""
    if row.started_at is not None and row.status in {"sending", "done", "stopped"}:
        return f"Sending began {row.started_at:%H:%M:%S} UTC, as launched. Your edit is kept: duplicate it to send it as another one."
    return f"It cannot be applied any more: {SAID[row.status]}, as version {row.version}. Your edit is kept."


def _others_inside(launched: Spec, edited: Spec) -> bool:
    """Whether the edit asks for members of today that the launch did not: a switch turned on, or another segment."""
    return not launched.current_members or launched.segment_id != edited.segment_id


def _time_changed(launched: Spec, edited: Spec) -> bool:
    return (launched.chosen_at, launched.chosen_zone) != (edited.chosen_at, edited.chosen_zone)


def _time_moves(session: Session, row: Distribution, launched: Spec, edited: Spec) -> bool:
    """The countdown runs on over an edit, unless the edit chose another time or another segment."""
    if _time_changed(launched, edited) or launched.to_segment != edited.to_segment:
        return row.held_seconds is None
    return False
