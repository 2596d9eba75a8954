"""Where does a recipient stand, now that some of its deliveries have an end? Served, failed or skipped; and what becomes of its code."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.ledger.assign import release
from domain.journal import changed_facts
from domain.kernel import clock
from domain.kernel.base import array
from domain.sending.states import tallies

TAKEN = ("accepted", "unsure", "polling", "delivered", "bounced", "complained")
"""States after which the recipient may have seen the message."""
UNSURE = "unsure"
"""Why somebody is served and yet is not counted as sent to: of no channel anybody knows whether it was taken."""
BUSY = ("pending", "ready", "leased", "open", "polling")

# A recipient is locked before its deliveries are looked at, so that of two channels that end at once the second sees both.
_LOCK = text("SELECT id FROM recipients WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
_SETTLE = text(f"""
    WITH seen AS MATERIALIZED (
        SELECT recipient_id AS id, bool_or(state = ANY(:busy)) AS busy, bool_or(state = ANY(:taken)) AS taken,
               bool_or(state = ANY(:taken) AND state <> 'unsure') AS sure, bool_or(state = 'refused') AS refused,
               coalesce(min(reason) FILTER (WHERE state = 'refused'), min(reason) FILTER (WHERE state = 'skipped'), '') AS reason
        FROM deliveries WHERE recipient_id = ANY(CAST(:ids AS uuid[])) GROUP BY recipient_id),
    decided AS MATERIALIZED (
        SELECT id, CASE WHEN busy THEN 'ready' WHEN taken THEN 'served' WHEN refused THEN 'failed' ELSE 'skipped' END AS state,
               CASE WHEN busy OR sure THEN '' WHEN taken THEN '{UNSURE}' ELSE reason END AS reason FROM seen),
    old AS MATERIALIZED (
        SELECT r.id, r.distribution_id, r.state, r.reason, d.state AS new_state, d.reason AS new_reason
        FROM recipients r JOIN decided d USING (id) WHERE NOT r.waits AND (r.state, r.reason) IS DISTINCT FROM (d.state, d.reason)),
    new AS (
        UPDATE recipients r SET state = old.new_state, reason = old.new_reason FROM old WHERE r.id = old.id
        RETURNING r.id, r.distribution_id, r.state, r.reason, r.voucher_id),
    counted AS ({
    tallies.insert("SELECT distribution_id, '', state, reason, 1 FROM new", "SELECT distribution_id, '', state, reason, -1 FROM old")
})
    SELECT id FROM new WHERE state IN ('failed', 'skipped') AND voucher_id IS NOT NULL
""")


def settle(session: Session, recipient_ids: Sequence[uuid.UUID], *, shared: bool = True) -> None:
    """Bring these recipients up to their deliveries, and free the codes of those whom no channel took.

    `shared` False: each has a single delivery, so nobody else can be settling it.
    """
    if not recipient_ids:
        return
    ids = array(recipient_ids)
    if shared:
        session.execute(_LOCK, {"ids": ids})
    free = session.scalars(_SETTLE, {"ids": ids, "busy": list(BUSY), "taken": list(TAKEN), "now": clock.now(session)}).all()
    if free:
        release(session, free)
    changed_facts.delivered(session, list(recipient_ids))
