"""Write down what became of a call, whatever came of it: every outcome in one statement, and what follows for codes and recipients.

What the provider did not answer is decided by what a repetition would do: where it recognises one, the message is sent again; where it
does not, nobody knows, and `unsure` says so.
"""

import datetime
import json
import uuid
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.connections import breaker, budget, health
from domain.connections.pause import pause as pause_connection
from domain.customers.consents.suppressions import suppress
from domain.distributions.audience.reasons import grouped, refused
from domain.distributions.control.pause import pause_because as pause_distribution
from domain.incentives.ledger.assign import assign
from domain.journal import quarantine
from domain.kernel import clock
from domain.sending.calls import exchanges
from domain.sending.calls.provider_call import Call, CallResult
from domain.sending.prepare import leases
from domain.sending.prepare.leases import Item
from domain.sending.states import tallies
from domain.sending.states.consequences import CONSEQUENCES
from domain.sending.states.settle_recipients import settle
from domain.tables.connections import Connection
from integrations.contract import Fate, Outcome, PeerTrouble

WAITS = (30, 120, 300, 900, 1800, 3600, 7200, 14400, 28800, 29250)
"""Seconds between attempts where the mode has none of its own: 24 hours in all."""
POLL = datetime.timedelta(seconds=10)

SOURCES = ("open", "unsure", "ready")
"""A late answer with the matching attempt id is taken, also after the lease was given up."""

_CHANGES = tallies.insert(
    "SELECT distribution_id, channel, state, reason, 1 FROM new",
    "SELECT distribution_id, channel, old_state, old_reason, -1 FROM new",
    "SELECT distribution_id, channel, 'sent', '', 1 FROM new WHERE state = 'accepted'",
)
# Each delivery is looked up by its key, one by one: joining the outcomes with a set of rows tempts the planner to compare all with all.
_RECORD = text(f"""
    WITH was AS MATERIALIZED (
        SELECT o.*, x.created_at, x.state AS old_state, x.reason AS old_reason
        FROM json_to_recordset(CAST(:rows AS json))
                AS o (id uuid, state text, reason text, provider_id text, due_at timestamptz, counts int),
            LATERAL (
                SELECT d.created_at, d.state, d.reason FROM deliveries d
                WHERE d.id = o.id AND d.attempt_id = :attempt AND d.state = ANY(:sources) OFFSET 0 FOR UPDATE) AS x),
    new AS (
        UPDATE deliveries d SET state = o.state, reason = o.reason, provider_id = coalesce(o.provider_id, d.provider_id),
            due_at = o.due_at, attempts = d.attempts + o.counts,
            sent_at = CASE WHEN o.state IN ('accepted', 'unsure', 'polling') THEN coalesce(d.sent_at, :now) ELSE d.sent_at END,
            settled_at = CASE WHEN o.state IN ('accepted', 'refused') THEN :now ELSE d.settled_at END
        FROM was AS o WHERE d.id = o.id AND d.created_at = o.created_at
        RETURNING d.id, d.recipient_id, d.distribution_id, d.channel, d.state, d.reason, o.old_state, o.old_reason),
    counted AS ({_CHANGES}),
    stepped AS (
        INSERT INTO delivery_steps (delivery_id, at, state, reason)
        SELECT id, :now, state, reason FROM new WHERE state IN ('ready', 'unsure', 'refused', 'polling'))
    SELECT id, recipient_id, state FROM new
""")
_KEEP_FRESH = text("UPDATE recipients SET stale_at = NULL WHERE id = ANY(:ids) AND stale_at IS NOT NULL")
"""A mode with a schedule of its own ends by that: what it tries again does not grow stale meanwhile."""
_TRIES = text("SELECT id, attempts FROM deliveries WHERE id = ANY(:ids)")


@dataclass
class Rows:
    """What is written, delivery by delivery."""

    rows: list[dict[str, str | int | None]] = field(default_factory=list)

    def add(
        self,
        id: uuid.UUID,
        state: str,
        reason: str = "",
        provider_id: str | None = None,
        due: datetime.datetime | None = None,
        *,
        counts: bool = True,
    ) -> None:
        """One more delivery. `counts`: whether this was an attempt, of which there may be only so many."""
        due_at = due.isoformat() if due else None
        told = {"id": str(id), "state": state, "reason": reason, "provider_id": provider_id, "due_at": due_at, "counts": int(counts)}
        self.rows.append(told)

    def write(self, session: Session, attempt: uuid.UUID, sources: Sequence[str], now: datetime.datetime) -> Sequence[Row[Any]]:
        """Write them where the attempt still is in one of these states; id, recipient and state of those that moved.

        Words of a provider that cannot be kept cost the words alone: what became of the message is true without them.
        """
        moved: list[Row[Any]] = []

        def put(some: Sequence[dict[str, str | int | None]]) -> None:
            given = {"rows": json.dumps(list(some)), "attempt": attempt, "sources": list(sources), "now": now}
            moved.extend(session.execute(_RECORD, given).all())

        broken = quarantine.isolate(session, "outcomes", sorted(self.rows, key=lambda row: str(row["id"])), put, lambda row: row["id"])
        if broken:
            put([one.item | {"reason": "fault", "provider_id": None} for one in broken])
        return moved


def record(session: Session, call: Call, answered: CallResult) -> dict[str, int]:
    """Record the call and end its claim; how many deliveries went to which state."""
    now = clock.now(session)
    rows = Rows()
    later: list[tuple[Item, Outcome]] = []
    for item in call.items:
        outcome = answered.outcomes.get(item.id)
        if outcome is None:
            _unanswered(rows, call, item, answered, now)
        elif outcome.fate is Fate.LATER:
            later.append((item, outcome))
        else:
            _answered(rows, item, outcome, now)
    _later(session, rows, call, later, now)
    moved = rows.write(session, call.id, SOURCES, now)
    leases.close(session, call.id)
    exchanges.store(session, answered.exchanges, call.at)
    _follow(session, call, [(row.recipient_id, row.state) for row in moved])
    _opted_out(session, call, answered)
    _whole_call(session, call, answered)
    return Counter(row.state for row in moved)


def _answered(rows: Rows, item: Item, outcome: Outcome, now: datetime.datetime) -> None:
    match outcome.fate:
        case Fate.ACCEPTED:
            rows.add(item.id, "accepted", "", outcome.provider_id)
        case Fate.REFUSED:
            rows.add(item.id, "refused", refused(outcome.reason, for_good=outcome.for_good), outcome.provider_id)
        case Fate.PENDING:
            rows.add(item.id, "polling", "", outcome.provider_id, now + POLL)
        case _:
            rows.add(item.id, "unsure", grouped(outcome.reason) or "not said", outcome.provider_id)


def _unanswered(rows: Rows, call: Call, item: Item, answered: CallResult, now: datetime.datetime) -> None:
    """Nothing was said about this one. A provider that refused the whole call before it took anything says so by Stop or Config."""
    if answered.stop or answered.config:
        rows.add(item.id, "ready", "", None, now, counts=False)
    elif repeatable(call.way.mode.repeat_safe_for):
        rows.add(item.id, "ready", "", None, now + datetime.timedelta(seconds=WAITS[0]))
    else:
        rows.add(item.id, "unsure", "cut off" if answered.broke else "not said")


def repeatable(safe_for: int | None) -> bool:
    """Whether the provider would recognise a repetition half a minute from now."""
    return safe_for is not None and (safe_for == 0 or safe_for > 2 * WAITS[0])


def _later(session: Session, rows: Rows, call: Call, later: Sequence[tuple[Item, Outcome]], now: datetime.datetime) -> None:
    """Again, after the wait of the schedule or the provider's own; given up when the schedule is at its end."""
    if not later:
        return
    waits = call.way.mode.retries or WAITS
    tries = {row.id: row.attempts for row in session.execute(_TRIES, {"ids": [item.id for item, _ in later]})}
    for item, outcome in later:
        tried = tries.get(item.id, 0)
        if (free := _uncounted(outcome)) is not None:
            again = now + datetime.timedelta(seconds=free)
            rows.add(item.id, "ready", grouped(outcome.reason), outcome.provider_id, again, counts=False)
            continue
        if tried >= len(waits):
            rows.add(item.id, "refused", "gave up", outcome.provider_id)
            continue
        wait = max(waits[tried] * spread(item.id, tried, call.way.mode.jitter), outcome.retry_after or 0.0)
        rows.add(item.id, "ready", grouped(outcome.reason), outcome.provider_id, now + datetime.timedelta(seconds=wait))
    if call.way.mode.retries:
        session.execute(_KEEP_FRESH, {"ids": [item.recipient_id for item, _ in later]})


def _uncounted(outcome: Outcome) -> float | None:
    """Seconds until another attempt, where this one does not count: it never reached the provider, or the whole connection waits."""
    if outcome.trouble is PeerTrouble.UNTRIED:
        return 0.0
    if outcome.wait is not None:
        return outcome.wait.seconds
    return float(WAITS[0]) if outcome.trouble is PeerTrouble.UNREACHED else None


def spread(id: uuid.UUID, tried: int, jitter: float) -> float:
    """What a wait is multiplied by: between 1 - jitter and 1 + jitter, always the same for this attempt of this delivery."""
    chance = zlib.crc32(id.bytes + bytes([tried % 256])) / 0xFFFFFFFF
    return 1.0 + jitter * (2.0 * chance - 1.0)


def _follow(session: Session, call: Call, moved: Sequence[tuple[uuid.UUID, str]]) -> None:
    """The first yes or doubt of any channel gives the code away for ever; then each recipient is brought up to its deliveries."""
    taken = [recipient for recipient, state in moved if state in {"accepted", "unsure", "polling"}]
    if taken:
        assign(session, taken, call.distribution_id, "Automation" if call.live else "Dashboard")
    settle(session, [recipient for recipient, state in moved if state != "ready"])


def _opted_out(session: Session, call: Call, answered: CallResult) -> None:
    """What the provider remembers of an address counts here, too."""
    kind = call.way.mode.identify_by
    said = {id: o.because for id, o in answered.outcomes.items() if o.because is not None and o.fate is Fate.REFUSED}
    if said and kind in {"email", "phone"}:
        source = session.get_one(Connection, call.way.connection_id).name
        for item in call.items:
            if (because := said.get(item.id)) is not None and (reason := CONSEQUENCES[because].suppresses):
                suppress(session, kind, item.address, reason, source)


def _whole_call(session: Session, call: Call, answered: CallResult) -> None:
    if call.way.mode.fails_for:
        fates = {outcome.fate for outcome in answered.outcomes.values()}
        if Fate.ACCEPTED in fates:
            health.succeeded(session, call.way.connection_id)
        elif Fate.LATER in fates:
            health.failed(session, call.way.connection_id, call.way.mode.fails_for)
    if answered.stop:
        pause_connection(session, call.way.connection_id, answered.stop)
    if waits := [outcome.wait for outcome in answered.outcomes.values() if outcome.wait]:
        asked = max(waits, key=lambda wait: wait.seconds)
        until = clock.now(session) + datetime.timedelta(seconds=asked.seconds)
        budget.wait(session, call.way.connection_id, call.way.mode.key, until, asked.why)
    _peer(session, call, answered)
    if answered.config:
        pause_distribution(session, call.distribution_id, "plan_broken", answered.config)


def _peer(session: Session, call: Call, answered: CallResult) -> None:
    """Does the peer work? A yes says so, and a no about one message; doubt, an error or silence without any yes says that it does not."""
    outcomes, where = answered.outcomes.values(), (call.way.connection_id, call.way.mode.key)
    taken = any(outcome.fate in {Fate.ACCEPTED, Fate.PENDING} for outcome in outcomes)
    bad = [o.reason for o in outcomes if o.fate is Fate.UNSURE or o.trouble in {PeerTrouble.FAILED, PeerTrouble.UNREACHED}]
    if not answered.stop and not answered.config and not answered.outcomes.keys() >= {item.id for item in call.items}:
        bad.append("A call broke off on our side." if answered.broke else "The provider did not say what became of a call.")
    said_later = any(o.fate is Fate.LATER and o.trouble is PeerTrouble.NONE for o in outcomes)
    if not taken and bad:
        breaker.went_badly(session, *where, bad[0])
    elif taken or said_later:
        breaker.went_well(session, *where)
    else:
        breaker.give_turn_back(session, *where)
