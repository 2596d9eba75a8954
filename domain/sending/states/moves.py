"""How do deliveries and recipients change their state? Set-wise, from states that are named, with the delta in the same statement."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal import changed_facts
from domain.kernel import clock
from domain.sending.states import tallies

_COUNTED = tallies.insert(
    "SELECT distribution_id, channel, state, reason, 1 FROM new", "SELECT distribution_id, channel, state, reason, -1 FROM old"
)
_STEPPED = """
    INSERT INTO delivery_steps (delivery_id, at, state, reason)
    SELECT id, :now, :state, :step FROM new WHERE CAST(:step AS text) IS NOT NULL
"""

_DELIVERIES = text(f"""
    WITH old AS MATERIALIZED (
        SELECT id, created_at, distribution_id, channel, state, reason FROM deliveries
        WHERE id = ANY(:ids) AND state = ANY(:sources) AND (CAST(:attempt AS uuid) IS NULL OR attempt_id = :attempt)
        ORDER BY id FOR UPDATE),
    new AS (
        UPDATE deliveries d SET state = :state, reason = :reason, due_at = :due,
            sent_at = CASE WHEN :sent THEN coalesce(d.sent_at, :now) ELSE d.sent_at END,
            slots = CASE WHEN :wipe THEN NULL ELSE d.slots END
        FROM old WHERE d.id = old.id AND d.created_at = old.created_at
        RETURNING d.id, d.recipient_id, d.distribution_id, d.channel, d.state, d.reason),
    counted AS ({_COUNTED}),
    stepped AS ({_STEPPED})
    SELECT id, recipient_id FROM new
""")


def deliveries(
    session: Session,
    ids: Sequence[uuid.UUID],
    state: str,
    *,
    sources: Sequence[str],
    reason: str = "",
    due: datetime.datetime | None = None,
    attempt: uuid.UUID | None = None,
    sent: bool = False,
    wipe: bool = False,
    step: str | None = None,
) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Move those of `ids` that are in one of `sources` (and, where given, of this attempt); (delivery, recipient) of the moved ones.

    `step` is written into their timelines. `sent`: they may have left now.
    """
    values: dict[str, Any] = {
        "ids": list(ids), "sources": list(sources), "attempt": attempt, "state": state, "reason": reason, "due": due,
        "sent": sent, "wipe": wipe, "step": step, "now": clock.now(session),
    }  # fmt: skip
    return [(row.id, row.recipient_id) for row in session.execute(_DELIVERIES, values)] if ids else []


_RECIPIENTS = text(f"""
    WITH old AS MATERIALIZED (
        SELECT id, distribution_id, '' AS channel, state, reason FROM recipients
        WHERE id = ANY(:ids) AND state = ANY(:sources) AND (state, reason) IS DISTINCT FROM (:state, :reason) ORDER BY id FOR UPDATE),
    new AS (
        UPDATE recipients r SET state = :state, reason = :reason, waits = (CAST(:state AS text) = 'pending')
        FROM old WHERE r.id = old.id RETURNING r.id, r.distribution_id, '' AS channel, r.state, r.reason),
    counted AS ({_COUNTED})
    SELECT id FROM new
""")


def recipients(session: Session, ids: Sequence[uuid.UUID], state: str, *, sources: Sequence[str], reason: str = "") -> list[uuid.UUID]:
    """Move those of `ids` that are in one of `sources`; the ids of the moved ones."""
    if not ids:
        return []
    values = {"ids": list(ids), "sources": list(sources), "state": state, "reason": reason, "now": clock.now(session)}
    return list(session.scalars(_RECIPIENTS, values))


def back_to_prepare(session: Session, ids: Sequence[uuid.UUID], *, sources: Sequence[str], step: str | None = None) -> int:
    """What held when they were prepared no longer does, or is too old: decide anew. Their codes stay reserved meanwhile."""
    moved = deliveries(session, ids, "pending", sources=sources, step=step)
    waiting = {recipient for _, recipient in moved}
    recipients(session, list(waiting), "pending", sources=("ready", "served", "failed", "skipped"))
    return len(moved)


_SKIP = text(f"""
    WITH written AS (
        INSERT INTO deliveries (recipient_id, distribution_id, customer_id, channel, connection_id, lane, version, state, reason,
            created_at)
        SELECT r.id, r.distribution_id, r.customer_id, way.channel, way.connection, r.lane, r.version, 'skipped', :reason, r.created_at
        FROM recipients r CROSS JOIN unnest(CAST(:channels AS text[]), CAST(:connections AS uuid[])) AS way (channel, connection)
        WHERE r.id = ANY(:ids)
        ON CONFLICT (recipient_id, channel, created_at) DO NOTHING
        RETURNING distribution_id, channel, state, reason)
    {tallies.insert("SELECT distribution_id, channel, state, reason, 1 FROM written")}
""")


def skip_unmade(session: Session, ids: Sequence[uuid.UUID], reason: str, channels: Sequence[str], connections: Sequence[uuid.UUID]) -> None:
    """Recipients that end before they were ever prepared get their deliveries too, skipped, so that every list shows them."""
    if ids:
        values = {"ids": list(ids), "reason": reason, "channels": list(channels), "connections": list(connections)}
        session.execute(_SKIP, values | {"now": clock.now(session)})
        changed_facts.delivered(session, ids)
