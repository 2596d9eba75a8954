"""Which live distributions does an event wake, and for whom? Decided set-wise for a batch of events, and once: the work is deleted with it.

An event that happens twice, or is looked at twice, finds the recipient that is there already.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.distributions.plan.plan import Plan
from domain.journal.events import EventKind
from domain.kernel import clock
from domain.kernel.nudges import nudge
from domain.sending.states import moves, tallies
from domain.tables.distributions import Distribution, Version

EVENTS = {"segment_entered": EventKind.ENTERED, "segment_left": EventKind.LEFT, "published": EventKind.PUBLISHED}
STALE_AFTER = datetime.timedelta(hours=24)
LOOP = 3
"""Above so many distributions behind an event nothing reacts."""
LEAST_CEILING = 1000
USUAL_TIMES = 10

SKIPS_WHILE_PAUSED = ("person", "late", "ceiling", "")
"""Reasons of a pause while which events are passed over. While codes or a connection are missing, recipients wait instead."""

_SELECTED = """
    work AS MATERIALIZED (SELECT event_id FROM event_work ORDER BY event_id LIMIT :limit FOR UPDATE SKIP LOCKED),
    done AS (DELETE FROM event_work USING work WHERE event_work.event_id = work.event_id),
    happened AS MATERIALIZED (SELECT e.* FROM work JOIN events e ON e.id = work.event_id)
"""
_NOBODY = text(f"WITH {_SELECTED} SELECT count(*) FROM happened")
_MAKE = text(f"""
    WITH {_SELECTED},
    woken AS (
        SELECT * FROM unnest(CAST(:distributions AS uuid[]), CAST(:versions AS int[]), CAST(:kinds AS text[]), CAST(:subjects AS uuid[]),
            CAST(:onces AS bool[]), CAST(:passed AS bool[]), CAST(:carries AS bool[]), CAST(:since AS timestamptz[]))
            AS w (distribution_id, version, kind, subject_id, once, passed, carries, since)),
    wanted AS MATERIALIZED (
        SELECT DISTINCT ON (distribution_id, once_key, customer_id) * FROM (
            SELECT w.distribution_id, CASE WHEN w.once THEN 'ever' ELSE h.id::text END AS once_key, h.customer_id, w.version,
                   CASE WHEN h.depth > :loop THEN 'loop' WHEN w.passed THEN 'paused' ELSE '' END AS reason,
                   CASE WHEN w.carries THEN CAST(h.facts->>'voucher_id' AS uuid) END AS voucher_id,
                   h.facts || jsonb_build_object('event', h.id, 'kind', h.kind) AS facts, h.depth, h.at, h.id
            FROM happened h JOIN woken w ON w.kind = h.kind AND w.subject_id = h.subject_id AND h.at >= w.since) AS each
        ORDER BY distribution_id, once_key, customer_id, reason, id),
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
    SELECT made.id, made.distribution_id, made.reason, again.id IS NOT NULL AS again, (SELECT count(*) FROM happened) AS seen
    FROM made LEFT JOIN again USING (id)
""")


@dataclass(frozen=True)
class _Live:
    id: uuid.UUID
    version: int
    kind: EventKind
    subject_id: uuid.UUID
    plan: Plan
    passed: bool
    since: datetime.datetime


def react(session: Session, limit: int = 1000) -> bool:
    """React to a batch of events; whether there may be more."""
    now = clock.now(session)
    waiting = _waiting(session)
    if not waiting:
        return int(session.execute(_NOBODY, {"limit": limit}).scalar_one()) >= limit
    rows = session.execute(
        _MAKE,
        {
            "limit": limit, "loop": LOOP, "now": now, "stale": STALE_AFTER,
            "distributions": [w.id for w in waiting], "versions": [w.version for w in waiting],
            "kinds": [str(w.kind) for w in waiting], "subjects": [w.subject_id for w in waiting],
            "onces": [w.plan.once_ever for w in waiting], "passed": [w.passed for w in waiting],
            "carries": [w.plan.action == "published_code" for w in waiting], "since": [w.since for w in waiting],
        },
    ).all()  # fmt: skip
    again = [row.id for row in rows if row.again]
    if again:
        ids = session.scalars(text("SELECT id FROM deliveries WHERE recipient_id = ANY(:ids)"), {"ids": again}).all()
        moves.deliveries(session, ids, "pending", sources=("skipped",), step="It happened again")
    for live in waiting:
        made = [row for row in rows if row.distribution_id == live.id]
        _passed_over(session, live, [(row.id, row.reason) for row in made if row.reason])
        if any(not row.reason for row in made):
            nudge(session, "distribution", live.id, "trigger")
            _guard(session, live.id, now)
    return bool(session.execute(text("SELECT EXISTS (SELECT FROM event_work)")).scalar_one())


def _waiting(session: Session) -> list[_Live]:
    """Distributions that wait for events: live ones, and paused ones, which say for themselves what they missed."""
    rows = (
        session.query(Distribution, Version)
        .join(Version, (Version.distribution_id == Distribution.id) & (Version.version == Distribution.version))
        .where(Distribution.status.in_(("live", "paused")), Distribution.trigger.in_(EVENTS), Distribution.started_at.is_not(None))
        .execution_options(populate_existing=True)
        .all()
    )
    found = []
    for row, version in rows:
        plan = Plan.from_json(version.plan)
        subject = plan.trigger_campaign_id if plan.trigger == "published" else plan.segment_id
        passed = row.status == "paused" and row.pause_reason in SKIPS_WHILE_PAUSED and not plan.catch_up
        if subject is not None and row.started_at is not None:
            found.append(_Live(row.id, row.version, EVENTS[plan.trigger], subject, plan, passed, row.started_at))
    return found


def _passed_over(session: Session, live: _Live, passed: Sequence[tuple[uuid.UUID, str]]) -> None:
    channels = live.plan.channels
    for reason in sorted({reason for _, reason in passed}):
        ids = [id for id, why in passed if why == reason]
        moves.skip_unmade(session, ids, reason, [c.key for c in channels], [c.connection_id for c in channels])


def _guard(session: Session, id: uuid.UUID, now: datetime.datetime) -> None:
    """A flood: far more people in an hour than usual. It pauses itself; whoever came meanwhile waits for a person's word."""
    woken = tallies.since(session, id, "", "woken", now - datetime.timedelta(hours=1))
    if woken <= LEAST_CEILING // USUAL_TIMES:
        return
    ceiling = ceiling_of(session, id, now)
    if woken > ceiling:
        detail = f"{woken:,} people in an hour, and the most it may reach is {ceiling:,}. Look at what happened, then let it go on."
        pause.pause_because(session, id, "ceiling", detail)


def ceiling_of(session: Session, id: uuid.UUID, now: datetime.datetime) -> int:
    """People per hour above which it pauses itself: its own number, or ten times what was usual in the last week."""
    own = session.scalar(text("SELECT ceiling_per_hour FROM distributions WHERE id = :id"), {"id": id})
    if own is not None:
        return int(own)
    week = tallies.since(session, id, "", "woken", now - datetime.timedelta(days=7))
    hour = tallies.since(session, id, "", "woken", now - datetime.timedelta(hours=1))
    return max(LEAST_CEILING, USUAL_TIMES * (week - hour) // (7 * 24))
