"""When may a code go back to the pool? Only when nobody can have seen it: reserved, unredeemed, and its recipient got nothing."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

_LOCK = text("""
    WITH mine AS MATERIALIZED (
        SELECT DISTINCT voucher_id, customer_id FROM recipients WHERE id = ANY(:recipients) AND voucher_id IS NOT NULL ORDER BY voucher_id)
    SELECT v.id FROM mine, LATERAL (
        SELECT id FROM vouchers WHERE id = mine.voucher_id AND state = 'reserved' AND customer_id = mine.customer_id
        OFFSET 0 FOR UPDATE) AS v
""")
# After the lock, a new statement: only now is everybody seen who shares one of these codes (a campaign that is joined once).
_RELEASE = text("""
    WITH mine AS MATERIALIZED (
        SELECT r.id AS recipient_id, v.id, v.campaign_id, v.customer_id, v.recipient_id AS holder_id
        FROM recipients r, LATERAL (
            SELECT * FROM vouchers WHERE id = r.voucher_id AND state = 'reserved' AND customer_id = r.customer_id AND redeemed = 0
            OFFSET 0) AS v
        WHERE r.id = ANY(:recipients)),
    heirs AS MATERIALIZED (
        SELECT DISTINCT ON (mine.id) mine.id, other.id AS recipient_id
        FROM mine JOIN recipients other ON other.customer_id = mine.customer_id AND other.voucher_id = mine.id
        WHERE NOT other.id = ANY(:recipients) AND other.state IN ('pending', 'ready')
        ORDER BY mine.id, other.id = mine.holder_id DESC, other.id),
    kept AS (
        UPDATE vouchers SET recipient_id = heirs.recipient_id FROM heirs
        WHERE vouchers.id = heirs.id AND vouchers.recipient_id <> heirs.recipient_id),
    freed AS (
        UPDATE vouchers SET state = 'free', is_free = true, customer_id = NULL, recipient_id = NULL, once = false
        FROM (SELECT DISTINCT id FROM mine WHERE NOT EXISTS (SELECT FROM heirs WHERE heirs.id = mine.id)) AS gone
        WHERE vouchers.id = gone.id RETURNING vouchers.id, vouchers.campaign_id),
    cleared AS (
        UPDATE recipients SET voucher_id = NULL FROM mine
        WHERE recipients.customer_id = mine.customer_id AND recipients.voucher_id = mine.id
          AND (recipients.id = mine.recipient_id OR NOT EXISTS (SELECT FROM heirs WHERE heirs.id = mine.id))),
    counted AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT campaign_id, state, delta FROM (SELECT campaign_id, count(*)::int AS n FROM freed GROUP BY 1) AS sums,
            LATERAL (VALUES ('reserved', -n), ('free', n)) AS change (state, delta))
    SELECT count(*) FROM freed
""")


def release(session: Session, recipient_ids: Sequence[uuid.UUID]) -> int:
    """Free the codes reserved for these recipients, which got nothing by any channel; how many codes became free.

    An assigned code stays with its customer. One that another unfinished recipient of the customer shares passes to that one.
    """
    values = {"recipients": list(recipient_ids)}
    session.execute(_LOCK, values)
    return int(session.execute(_RELEASE, values).scalar_one())
