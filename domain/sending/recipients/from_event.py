"""Which live distributions does an event wake, and for whom? Decided set-wise for a batch of events, and once: the work is deleted with it.

An event that happens twice, or is looked at twice, finds the recipient that is there already.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.distributions.plan.plan import Plan
from domain.journal import quarantine
from domain.kernel import clock
from domain.kernel.base import array
from domain.kernel.nudges import nudge
from domain.sending.recipients import flood
from domain.sending.states import moves, tallies
from domain.tables.distributions import Distribution, Version
from domain.tables.stored_json import Unreadable
from domain.triggers import catalogue
from domain.triggers.contract import Addresses, Occurrence

STALE_AFTER = datetime.timedelta(hours=24)
LOOP = 3
"""Above so many distributions behind an event nothing reacts."""

SKIPS_WHILE_PAUSED = ("person", "late", "ceiling", "")
"""Reasons of a pause while which events are passed over. While codes or a connection are missing, recipients wait instead."""

_CLAIM = text(f"""
    SELECT event_id FROM event_work WHERE {quarantine.whole("events", "event_work.event_id")}
    ORDER BY event_id LIMIT :limit FOR UPDATE OF event_work SKIP LOCKED
""")
_TAKE = text("""
    WITH done AS (DELETE FROM event_work WHERE event_id = ANY(CAST(:events AS uuid[])) RETURNING event_id)
    SELECT e.id, e.customer_id, e.kind, e.at, e.subject_id, e.facts, e.depth FROM done JOIN events e ON e.id = done.event_id ORDER BY e.id
""")
_MAKE = text(f"""
    WITH wanted AS MATERIALIZED (
        SELECT w.*, e.facts || jsonb_build_object('event', e.id, 'kind', e.kind) AS facts, e.depth, e.at
        FROM unnest(CAST(:distributions AS uuid[]), CAST(:versions AS int[]), CAST(:onces AS text[]), CAST(:customers AS uuid[]),
            CAST(:reasons AS text[]), CAST(:vouchers AS uuid[]), CAST(:events AS uuid[]))
            AS w (distribution_id, version, once_key, customer_id, reason, voucher_id, event_id)
        JOIN events e ON e.id = w.event_id),
    again AS MATERIALIZED (
        SELECT r.id, r.distribution_id, r.reason FROM wanted w JOIN recipients r USING (distribution_id, once_key, customer_id)
        WHERE r.once_key = 'ever' AND r.state = 'skipped' AND w.reason = '' FOR UPDATE OF r),
    made AS (
        INSERT INTO recipients AS r (distribution_id, once_key, customer_id, version, lane, state, reason, waits, voucher_id, facts, depth,
            created_at, stale_at)
        SELECT distribution_id, once_key, customer_id, version, 'trigger', CASE WHEN reason = '' THEN 'pending' ELSE 'skipped' END, reason,
            reason = '', voucher_id, facts, depth, :now, at + :stale FROM wanted
        ON CONFLICT (distribution_id, once_key, customer_id) DO UPDATE
            SET state = 'pending', reason = '', waits = true, version = excluded.version, lane = 'trigger', facts = excluded.facts,
                depth = excluded.depth, stale_at = excluded.stale_at, prepared = greatest(r.prepared, 1)
            WHERE r.id IN (SELECT id FROM again)
        RETURNING r.id, r.distribution_id, r.state, r.reason),
    counted AS ({
    tallies.insert(
        "SELECT distribution_id, '', state, reason, 1 FROM made",
        "SELECT distribution_id, '', 'skipped', reason, -1 FROM again",
        "SELECT distribution_id, '', 'woken', '', 1 FROM made WHERE state = 'pending'",
    )
})
    SELECT made.id, made.distribution_id, made.reason, again.id IS NOT NULL AS again FROM made LEFT JOIN again USING (id)
""")


@dataclass(frozen=True)
class _Live:
    """A distribution that waits. Without a plan it cannot be read: its people are passed over in words."""

    id: uuid.UUID
    version: int
    trigger: str
    about_id: uuid.UUID | None
    since: datetime.datetime
    until: datetime.datetime | None
    """When it ended; what happened before is served."""
    plan: Plan | None
    passed: str

    def hears(self, event: Occurrence) -> bool:
        """Whether it waits for an event about this, with its settings, that happened since it went live and before it ended."""
        in_time = self.since <= event.at and (self.until is None or event.at < self.until)
        return in_time and self.about_id in {None, event.subject_id} and self._as_set(event)

    def _as_set(self, event: Occurrence) -> bool:
        """Whether the event is one for its trigger's own settings. Facts that the trigger does not understand are none."""
        start = catalogue.trigger(self.trigger)
        if start is None or self.plan is None:
            return True
        try:
            return start.hears(event, self.plan.settings)
        except (AttributeError, KeyError, TypeError, ValueError):
            return False

    def once_key(self, event: Occurrence) -> str:
        """What may happen only once. Facts that its trigger does not understand make it the event itself."""
        start = catalogue.trigger(self.trigger)
        if self.plan is not None and self.plan.once_ever:
            return "ever"
        try:
            return start.once_key(event) if start else str(event.id)
        except (KeyError, TypeError, ValueError):
            return str(event.id)

    def customer(self, event: Occurrence) -> uuid.UUID:
        """Who is addressed."""
        start = catalogue.trigger(self.trigger)
        holder = start is not None and start.addresses is Addresses.HOLDER
        return _fact(event, "holder_id") or event.customer_id if holder else event.customer_id

    def voucher(self, event: Occurrence) -> uuid.UUID | None:
        """The code that the event brings, where the message carries it."""
        return _fact(event, "voucher_id") if self.plan is not None and self.plan.code == "event" else None


def _fact(event: Occurrence, name: str) -> uuid.UUID | None:
    value = event.facts.get(name)
    try:
        return uuid.UUID(value) if value else None
    except (AttributeError, TypeError, ValueError):
        return None


@dataclass(frozen=True)
class _Wanted:
    """A recipient to be made."""

    live: _Live
    event: Occurrence
    once_key: str
    customer_id: uuid.UUID
    reason: str


def react(session: Session, limit: int = 1000) -> bool:
    """React to a batch of events; whether there may be more. One that breaks is passed over."""
    events = session.scalars(_CLAIM, {"limit": limit}).all()
    quarantine.isolate(session, "events", events, lambda some: _react_to(session, some))
    return len(events) == limit


def _react_to(session: Session, events: Sequence[uuid.UUID]) -> None:
    now = clock.now(session)
    happened = [Occurrence(*row) for row in session.execute(_TAKE, {"events": array(events)})]
    waiting = _waiting(session, happened)
    wanted = _wanted(happened, waiting)
    rows = session.execute(_MAKE, _bound(wanted) | {"now": now, "stale": STALE_AFTER}).all() if wanted else []
    again = [row.id for row in rows if row.again]
    if again:
        ids = session.scalars(text("SELECT id FROM deliveries WHERE recipient_id = ANY(:ids)"), {"ids": again}).all()
        moves.deliveries(session, ids, "pending", sources=("skipped",), step="It happened again")
    for live in (one for ones in waiting.values() for one in ones):
        made = [row for row in rows if row.distribution_id == live.id]
        _passed_over(session, live, [(row.id, row.reason) for row in made if row.reason])
        if any(not row.reason for row in made):
            nudge(session, "distribution", live.id, "trigger")
            flood.pause_above_ceiling(session, live.id, now)


def _waiting(session: Session, happened: Sequence[Occurrence]) -> dict[str, list[_Live]]:
    """By kind of event, those that wait for these: live ones, paused ones (which say what they missed) and those just ended."""
    row = Distribution
    just_ended = (row.status == "ended") & (row.ended_at > clock.now(session) - STALE_AFTER)
    rows = session.execute(
        select(
            row.id,
            row.version,
            row.trigger,
            row.wakes_on,
            row.about_id,
            row.status,
            row.pause_reason,
            row.started_at,
            row.ended_at,
            Version.plan,
        )
        .join(Version, (Version.distribution_id == row.id) & (Version.version == row.version))
        .where(
            or_(row.status.in_(("live", "paused")), just_ended),
            row.wakes_on.in_({event.kind for event in happened}),
            or_(row.about_id.is_(None), row.about_id.in_({event.subject_id for event in happened if event.subject_id})),
            row.started_at.is_not(None),
        )
    )
    found: dict[str, list[_Live]] = defaultdict(list)
    for one in rows.all():
        plan = _plan(session, one.id, one.plan)
        held = one.status == "paused" or (one.status == "ended" and one.pause_reason != "")
        missed = held and one.pause_reason in SKIPS_WHILE_PAUSED
        passed = "broken" if plan is None else "paused" if missed and not plan.catch_up else ""
        found[one.wakes_on].append(_Live(one.id, one.version, one.trigger, one.about_id, one.started_at, one.ended_at, plan, passed))
    return found


def _plan(session: Session, id: uuid.UUID, stored: dict[str, object]) -> Plan | None:
    """Its plan; one that cannot be read pauses its distribution, and no other one."""
    try:
        return Plan.from_json(stored)
    except Unreadable as why:
        pause.pause_because(session, id, "plan_broken", str(why))
        return None


def _wanted(happened: Sequence[Occurrence], waiting: dict[str, list[_Live]]) -> list[_Wanted]:
    """Whom these events make recipients of, each customer once for each thing that may happen once: who is served before who is not."""
    found: dict[tuple[uuid.UUID, str, uuid.UUID], _Wanted] = {}
    for one in sorted(_each(happened, waiting), key=lambda one: (one.reason, one.event.id)):
        found.setdefault((one.live.id, one.once_key, one.customer_id), one)
    return sorted(found.values(), key=lambda one: (one.live.id, one.once_key, one.customer_id))


def _each(happened: Sequence[Occurrence], waiting: dict[str, list[_Live]]) -> Iterator[_Wanted]:
    for event in happened:
        for live in waiting.get(event.kind, ()):
            if live.hears(event):
                yield _Wanted(live, event, live.once_key(event), live.customer(event), "loop" if event.depth > LOOP else live.passed)


def _bound(wanted: Sequence[_Wanted]) -> dict[str, object]:
    vouchers = [one.live.voucher(one.event) for one in wanted]
    return {
        "distributions": array(one.live.id for one in wanted),
        "versions": [one.live.version for one in wanted],
        "onces": [one.once_key for one in wanted],
        "customers": array(one.customer_id for one in wanted),
        "reasons": [one.reason for one in wanted],
        "vouchers": "{" + ",".join(str(voucher or "NULL") for voucher in vouchers) + "}",
        "events": array(one.event.id for one in wanted),
    }


def _passed_over(session: Session, live: _Live, passed: Sequence[tuple[uuid.UUID, str]]) -> None:
    channels = live.plan.channels if live.plan else ()
    for reason in sorted({reason for _, reason in passed}):
        ids = [id for id, why in passed if why == reason]
        moves.skip_unmade(session, ids, reason, [c.key for c in channels], [c.connection_id for c in channels])
