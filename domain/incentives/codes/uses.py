"""What does a use of a code change? It is counted once however often it is told; a free code that was used is nobody's any more."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.tables.incentives import Campaign

USED_IN_SHOP = "used in the shop"

_USE = text("""
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:vouchers AS uuid[]), CAST(:at AS timestamptz[]), CAST(:minor AS bigint[]))
            AS given (voucher, at, minor)),
    used AS (
        INSERT INTO voucher_uses (voucher_id, at, campaign_id, minor, file_id) SELECT voucher, at, :campaign, minor, :file FROM given
        ON CONFLICT DO NOTHING RETURNING voucher_id, at, minor),
    sums AS (SELECT voucher_id, count(*)::int AS n, max(at) AS at, sum(minor) AS minor FROM used GROUP BY 1),
    before AS (SELECT id, state, redeemed FROM vouchers WHERE id IN (SELECT voucher_id FROM sums)),
    marked AS (
        UPDATE vouchers SET redeemed = vouchers.redeemed + n, redeemed_minor = vouchers.redeemed_minor + minor,
            redeemed_at = greatest(vouchers.redeemed_at, sums.at), is_free = false,
            state = CASE WHEN state = 'free' THEN 'void' ELSE state END,
            void_reason = CASE WHEN state = 'free' THEN :reason ELSE void_reason END
        FROM sums WHERE vouchers.id = sums.voucher_id RETURNING vouchers.id, vouchers.customer_id, vouchers.state),
    counted AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT :campaign, state, delta FROM (
            SELECT 'redeemed' AS state, count(*)::int AS delta FROM before WHERE redeemed = 0
            UNION ALL SELECT 'free', -count(*)::int FROM before WHERE state = 'free'
            UNION ALL SELECT 'void', count(*)::int FROM before WHERE state = 'free') AS change WHERE delta <> 0)
    SELECT voucher_id, at, marked.customer_id FROM used JOIN marked ON marked.id = used.voucher_id
""")


@dataclass(frozen=True)
class CodeUse:
    """That a code was used, when, and what the order came to in minor units."""

    voucher_id: uuid.UUID
    at: datetime.datetime
    minor: int


@dataclass(frozen=True)
class RecordedUse:
    """A use that was not known before; the customer is the code's holder, where it has one."""

    voucher_id: uuid.UUID
    at: datetime.datetime
    customer_id: uuid.UUID | None


def record_uses(session: Session, campaign: Campaign, uses: Sequence[CodeUse], file_id: uuid.UUID | None) -> Sequence[RecordedUse]:
    """Count uses of codes of this campaign; those that were new. The caller has locked the codes."""
    values = {
        "vouchers": [use.voucher_id for use in uses],
        "at": [use.at for use in uses],
        "minor": [use.minor for use in uses],
        "campaign": campaign.id,
        "file": file_id,
        "reason": USED_IN_SHOP,
    }
    return [RecordedUse(voucher, at, customer) for voucher, at, customer in session.execute(_USE, values)]
