"""What became of a job of the provider's? Deliveries that are `polling` are asked about until each has an end, for a day at most.

Asking changes nothing there, so whoever is killed in between costs no more than another question: the claim is only a later `due_at`.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.connections import budget, pause
from domain.connections.configured import Unusable, configured
from domain.distributions.audience.reasons import grouped, refused
from domain.distributions.plan.plan import Plan
from domain.journal import quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, inside
from domain.sending.calls.record import Rows
from domain.sending.states.settle_recipients import settle
from domain.tables.distributions import Version
from domain.tables.stored_json import Unreadable
from integrations.contract import Config, Fate, Mode, Outcome, Settings, Stop
from logs import log

if TYPE_CHECKING:
    from integrations.http import Http


FIRST, SLOWEST = 5, 60
"""Seconds between questions: they double from the one to the other."""
GIVES_UP = datetime.timedelta(hours=24)
ASKING = datetime.timedelta(seconds=120)
"""How long nobody else asks about a job that somebody asks about."""

_ONE = text(f"""
    SELECT d.connection_id, d.attempt_id, d.provider_id, d.distribution_id, d.version, d.channel, d.sent_at
    FROM deliveries d JOIN connections c ON c.id = d.connection_id
    WHERE d.due_at <= :now AND d.state = 'polling' AND (c.paused_at IS NULL OR d.sent_at < :oldest)
      AND {quarantine.whole("polls", "d.attempt_id")}
    ORDER BY d.due_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED
""")
_HOLD = text("""
    UPDATE deliveries SET due_at = :until
    WHERE connection_id = :connection AND provider_id IS NOT DISTINCT FROM :job AND attempt_id = :attempt AND state = 'polling'
    RETURNING id, address
""")
_AGAIN = text("""
    UPDATE deliveries SET due_at = :due
    WHERE connection_id = :connection AND provider_id IS NOT DISTINCT FROM :job AND attempt_id = :attempt AND state = 'polling'
""")


@dataclass(frozen=True)
class PollQuery:
    """A job of a provider's, and who is in it. `settings` None: nobody can be asked; `why` says so."""

    connection_id: uuid.UUID
    attempt: uuid.UUID
    job: str | None
    distribution_id: uuid.UUID
    began: datetime.datetime
    people: dict[uuid.UUID, str]
    """Delivery -> address."""
    mode: Mode | None = None
    settings: Settings | None = None
    why: str = ""


@dataclass
class PollResult:
    """What a question yielded."""

    outcomes: list[Outcome] = field(default_factory=list)
    stop: str = ""


def claim(session: Session) -> PollQuery | None:
    """The job that waited longest; nobody else asks about it meanwhile. Commit before asking."""
    now = clock.now(session)
    made: list[PollQuery] = []
    while row := session.execute(_ONE, {"now": now, "oldest": now - GIVES_UP}).one_or_none():
        quarantine.each(session, "polls", [row], lambda one: made.append(_question(session, one, now)), lambda one: one.attempt_id)
        if made:
            return made[0]
    return None


def _question(session: Session, row: Row[Any], now: datetime.datetime) -> PollQuery:
    """With whom to ask about whom, and how; or why nobody can be asked."""
    named = {"connection": row.connection_id, "job": row.provider_id, "attempt": row.attempt_id}
    people = {held.id: held.address for held in session.execute(_HOLD, named | {"until": now + ASKING})}
    question = PollQuery(row.connection_id, row.attempt_id, row.provider_id, row.distribution_id, row.sent_at or now, people)
    try:
        provider, settings = configured(session, row.connection_id)
        plan = Plan.from_json(session.get_one(Version, (row.distribution_id, row.version)).plan)
        key = next(c.mode for c in plan.channels if c.key == row.channel)
        return _with(question, provider.mode(key), settings)
    except (Unusable, Unreadable, KeyError, StopIteration) as why:
        return _with(question, None, None, str(why))


def _with(question: PollQuery, mode: Mode | None, settings: Settings | None, why: str = "") -> PollQuery:
    return replace(question, mode=mode, settings=settings, why=why)


def ask(http: Http, question: PollQuery) -> PollResult:
    """Ask the provider. No transaction is open now."""
    answered = PollResult()
    if question.mode is None or question.mode.poll is None or question.settings is None:
        return answered
    try:
        for outcome in question.mode.poll(http, question.settings, question.job or ""):
            answered.outcomes.append(outcome)
    except Stop as stop:
        answered.stop = str(stop) or "The provider does not let this connection ask."
    except Config as config:
        answered.outcomes.append(Outcome("", Fate.UNSURE, str(config)))
    except Exception as broke:  # an adapter's bug costs a question, never the worker
        named = {"connection": str(question.connection_id), "distribution": str(question.distribution_id), "attempt": str(question.attempt)}
        log(__name__).error("a provider's poll broke", **named, exc_info=broke)
    return answered


def record_alone(session: Session, question: PollQuery, answered: PollResult) -> None:
    """The same for a worker: an answer that cannot be written down is passed over, and its question with it."""
    quarantine.each(session, "polls", [question], lambda one: record(session, one, answered), lambda one: one.attempt)


def record(session: Session, question: PollQuery, answered: PollResult) -> int:
    """Write down who has an end now, and when to ask about the others; how many ended."""
    now = clock.now(session)
    rows, said = Rows(), _by_delivery(question, answered.outcomes)
    given_up = now - question.began >= GIVES_UP
    for id in question.people:
        outcome = said.get(id)
        match outcome.fate if outcome else Fate.PENDING:
            case Fate.ACCEPTED if outcome:
                rows.add(id, "accepted", "", outcome.provider_id)
            case Fate.REFUSED if outcome:
                rows.add(id, "refused", refused(outcome.reason, for_good=outcome.for_good), outcome.provider_id)
            case Fate.LATER if outcome:
                rows.add(id, "ready", grouped(outcome.reason), None, now + datetime.timedelta(seconds=outcome.retry_after or 30))
            case Fate.UNSURE if outcome:
                rows.add(id, "unsure", grouped(outcome.reason) or "not said", outcome.provider_id)
            case _ if given_up:
                rows.add(id, "unsure", "no end")
    moved = rows.write(session, question.attempt, ("polling",), now) if rows.rows else []
    settle(session, [row.recipient_id for row in moved if row.state != "ready"])
    _again(session, question, answered, now)
    if answered.stop:
        pause.pause(session, question.connection_id, answered.stop)
    return len(moved)


def _by_delivery(question: PollQuery, outcomes: list[Outcome]) -> dict[uuid.UUID, Outcome]:
    """Outcomes name a message, an address, or everybody else."""
    by_address = {address.casefold(): id for id, address in question.people.items()}
    said: dict[uuid.UUID, Outcome] = {}
    strangers = 0
    rest: Outcome | None = None
    for outcome in outcomes:
        if not outcome.message_id:
            rest = outcome
            continue
        id = inside(Prefix.DELIVERY, outcome.message_id) or by_address.get(outcome.message_id.casefold())
        if id in question.people and id is not None:
            said[id] = outcome
        else:
            strangers += 1
    if rest is not None and rest.fate is Fate.ACCEPTED and strangers > sum(not address for address in question.people.values()):
        rest = Outcome("", Fate.UNSURE, "The provider refuses somebody who is not in this call, and says yes to all others.")
    return {id: rest for id in question.people if id not in said} | said if rest is not None else said


def _again(session: Session, question: PollQuery, answered: PollResult, now: datetime.datetime) -> None:
    age = (now - question.began).total_seconds()
    told = max((o.wait for o in answered.outcomes if o.wait), key=lambda wait: wait.seconds, default=None)
    wait = max(min(max(age, FIRST), SLOWEST), told.seconds if told else 0.0)
    named = {"connection": question.connection_id, "job": question.job, "attempt": question.attempt}
    session.execute(_AGAIN, named | {"due": now + datetime.timedelta(seconds=wait)})
    if told and question.mode is not None:
        until = now + datetime.timedelta(seconds=told.seconds)
        budget.wait(session, question.connection_id, question.mode.key, until, told.why)
