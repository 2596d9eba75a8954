"""When does a code become somebody's for ever? With the first provider's yes or doubt; then publication and event are written too.

The four verbs of the ledger are imported from here: `reserve`, `assign`, `release`, `publish`.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.ledger.after_publication import EXPIRES, record_publications
from domain.incentives.ledger.publish import NotPublished, Published, publish
from domain.incentives.ledger.release import release
from domain.incentives.ledger.reserve import CodeRequest, LedgerBroken, Reserved, reserve
from domain.kernel import clock
from domain.kernel.base import array

__all__ = ["CodeRequest", "LedgerBroken", "NotPublished", "Published", "Reserved", "assign", "publish", "release", "reserve"]

# Two channels may record at once. The lock makes the second wait; it then no longer finds the code reserved.
# OFFSET 0 keeps the planner from turning the look-up of each voucher by its id into a scan of all that were ever given.
_ASSIGN = text(f"""
    WITH served AS MATERIALIZED (
        SELECT DISTINCT ON (voucher_id) voucher_id, id, customer_id, depth FROM recipients
        WHERE id = ANY(CAST(:recipients AS uuid[])) AND voucher_id IS NOT NULL ORDER BY voucher_id, id),
    mine AS MATERIALIZED (
        SELECT v.*, served.id AS recipient_id, served.depth, {EXPIRES} AS expires_at
        FROM served, LATERAL (
            SELECT id, customer_id, campaign_id FROM vouchers
            WHERE id = served.voucher_id AND state = 'reserved' AND customer_id = served.customer_id
            OFFSET 0 FOR UPDATE) AS v
        JOIN campaigns c ON c.id = v.campaign_id),
    taken AS (
        UPDATE vouchers SET state = 'assigned', assigned_at = :now, expires_at = mine.expires_at
        FROM mine WHERE vouchers.id = mine.id -- locked as reserved above; saying so again tempts the planner to scan for the state
        RETURNING vouchers.id, vouchers.campaign_id, vouchers.customer_id, vouchers.once, mine.recipient_id, mine.depth),
    published AS (
        INSERT INTO publications (
            id, campaign_id, voucher_id, customer_id, recipient_id, distribution_id, channel, once, metadata, created_at)
        SELECT largesse_uuid7(), campaign_id, id, customer_id, recipient_id, :distribution, :channel, once, '{{}}', :now FROM taken
        RETURNING id, campaign_id, customer_id),
    counted AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT campaign_id, state, delta FROM (SELECT campaign_id, count(*)::int AS n FROM published GROUP BY 1) AS sums,
            LATERAL (VALUES ('reserved', -n), ('assigned', n)) AS change (state, delta))
    SELECT id, campaign_id FROM published
""")


def assign(session: Session, recipient_ids: Sequence[uuid.UUID], distribution_id: uuid.UUID | None, channel: str) -> int:
    """The codes reserved for these recipients become theirs; how many did just now.

    Recipients without a code, or whose code is assigned already, are passed over: it may be called twice, and by two channels at once.
    `channel` is `Dashboard` for manual distributions, `Automation` for live ones.
    """
    values = {"recipients": array(recipient_ids), "distribution": distribution_id, "channel": channel, "now": clock.now(session)}
    publications = session.execute(_ASSIGN, values).all()
    if publications:
        record_publications(session, [row.id for row in publications], {row.campaign_id for row in publications})
    return len(publications)
