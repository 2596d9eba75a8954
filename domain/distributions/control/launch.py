"""Save & Send, or Set live: freeze the plan as a version, and let it go when its time has come."""

import datetime
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.distributions.control import countdown
from domain.distributions.draft.spec import Spec
from domain.distributions.draft.store import locked, seen
from domain.distributions.mistakes import Mistake, NotNow
from domain.distributions.plan import names, sentence
from domain.distributions.plan.check_trigger import passed
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.distributions.states import Command, change, refusal
from domain.incentives.ledger import after_publication
from domain.journal import audit, waited_for
from domain.journal.events import EventKind
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, new_id, outside
from domain.kernel.errors import Stale
from domain.kernel.nudges import nudge
from domain.tables.distributions import Distribution, Version
from domain.workspace.pictures import keep as pictures


@dataclass(frozen=True)
class Launched:
    """What a launch leads to: `due_at` of a manual one, None while it waits for a sync; `live` for the others."""

    live: bool
    due_at: datetime.datetime | None


def launch(session: Session, id: uuid.UUID, actor: Actor, row_version: int | None = None) -> Launched | list[Mistake]:
    """Launch a draft. Mistakes keep it a draft. Raises NotNow where it is none any more, Stale where it changed since `row_version`."""
    row = seen(session, id)
    row_version = row.row_version if row_version is None else row_version
    _check(row, row_version)
    spec = Spec.shown(row.spec)
    made = plan(session, spec)
    if isinstance(made, list):
        return made
    if late := passed(spec, clock.now(session)):
        return [late]
    _check(begin_to_wait(session, id, made), row_version)
    freeze(session, row, made, actor)
    launched = _go_live(session, row, made) if spec.live else _schedule(session, row)
    audit.record(
        session, actor, "launch distribution", outside(Prefix.DISTRIBUTION, id), row.name, None,
        {"version": row.version, "due_at": str(row.due_at) if row.due_at else None},
    )  # fmt: skip
    return launched


def _check(row: Distribution, row_version: int) -> None:
    if row.status != "draft":
        raise NotNow(refusal(Command.SCHEDULE, row.status))
    if row.row_version != row_version:
        raise Stale(row.updated_by, row.updated_at, what=row.name)


def begin_to_wait(session: Session, id: uuid.UUID, made: Plan) -> Distribution:
    """Take the turn of those who record what this plan waits for, and then the row, locked and read afresh.

    In this order: who records a call has that turn already when it pauses the distribution. Raises NotNow where it is gone.
    """
    waited_for.begin(session, made.chosen_trigger.wakes)
    return locked(session, id)


def freeze(session: Session, row: Distribution, made: Plan, actor: Actor) -> None:
    """Keep this plan as the next version of the distribution, with the sentence that says what it does."""
    row.version += 1
    session.add(
        Version(
            distribution_id=row.id,
            version=row.version,
            plan=made.as_json(),
            sentence=sentence.plain(sentence.phrases(made, names.of(session, [made]))),
            created_at=clock.now(session),
            created_by=actor.name,
        )
    )
    pictures.launched(session, (text for channel in made.channels for text in channel.parts.values()))
    wait(row, made)
    row.row_version += 1
    row.updated_at, row.updated_by = clock.now(session), actor.name
    session.flush()


def wait(row: Distribution, made: Plan) -> None:
    """Write down what this plan waits for, so that whoever records something need not open plans to find out."""
    about = made.chosen_trigger.subject(made)
    row.wakes_on = made.chosen_trigger.wakes or ""
    row.about_noun, row.about_id = about if about else ("", None)


def _schedule(session: Session, row: Distribution) -> Launched:
    row.run = new_id()
    countdown.arm(session, row)
    session.flush()
    change(session, row.id, Command.SCHEDULE)
    return Launched(live=False, due_at=row.due_at)


def _go_live(session: Session, row: Distribution, made: Plan) -> Launched:
    """Live at once; where the members of today are wanted too, a run of its own brings them in."""
    now = clock.now(session)
    row.run = new_id() if made.current_members else None
    row.fanned_out_at = None if made.current_members else now
    session.flush()
    change(session, row.id, Command.GO_LIVE, started_at=now)
    if made.chosen_trigger.wakes == EventKind.PUBLISHED and made.trigger_campaign_id is not None:
        after_publication.record_since(session, made.trigger_campaign_id, now)
    nudge(session, "distribution", row.id)
    return Launched(live=True, due_at=None)
