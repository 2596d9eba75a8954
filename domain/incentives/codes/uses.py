"""What does a use of a code change? It is counted once however often it is told; a free code that was used is nobody's any more."""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from domain.incentives import customer_sums
from domain.incentives.customer_sums import OneMore
from domain.kernel.base import array, new_id
from domain.tables.incentives import Campaign
from domain.tables.redemptions import Redemption

USED_IN_SHOP = "used in the shop"

_KNOWN = text("""
    SELECT r.voucher_id, r.at FROM unnest(CAST(:vouchers AS uuid[]), CAST(:at AS timestamptz[])) AS given (voucher, at)
    JOIN redemptions r ON r.voucher_id = given.voucher AND r.at = given.at AND r.result = 'succeeded'
""")
_MARK = text("""
    WITH used AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:vouchers AS uuid[]), CAST(:at AS timestamptz[]), CAST(:minor AS bigint[]))
            AS given (voucher_id, at, minor)),
    sums AS (SELECT voucher_id, count(*)::int AS n, max(at) AS at, sum(minor) AS minor FROM used GROUP BY 1),
    before AS (SELECT id, state, redeemed FROM vouchers WHERE id IN (SELECT voucher_id FROM sums)),
    marked AS (
        UPDATE vouchers SET redeemed = vouchers.redeemed + n, redeemed_minor = vouchers.redeemed_minor + minor,
            redeemed_at = greatest(vouchers.redeemed_at, sums.at), is_free = false,
            state = CASE WHEN state = 'free' THEN 'void' ELSE state END,
            void_reason = CASE WHEN state = 'free' THEN :reason ELSE void_reason END
        FROM sums WHERE vouchers.id = sums.voucher_id RETURNING vouchers.id, vouchers.customer_id),
    counted AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT :campaign, state, delta FROM (
            SELECT 'redeemed' AS state, count(*)::int AS delta FROM before WHERE redeemed = 0
            UNION ALL SELECT 'free', -count(*)::int FROM before WHERE state = 'free'
            UNION ALL SELECT 'void', count(*)::int FROM before WHERE state = 'free') AS change WHERE delta <> 0)
    SELECT id, customer_id FROM marked
""")


@dataclass(frozen=True)
class CodeUse:
    """That a code was used, when, and what the order came to in minor units."""

    voucher_id: uuid.UUID
    at: datetime.datetime
    minor: int
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further columns of the redemption: its order, who redeemed it."""


@dataclass(frozen=True)
class RecordedUse:
    """A use that was not known before; the customer is who redeemed it: as was said, else the code's holder."""

    voucher_id: uuid.UUID
    at: datetime.datetime
    customer_id: uuid.UUID | None


def record_uses(session: Session, campaign: Campaign, uses: Sequence[CodeUse], file_id: uuid.UUID | None) -> Sequence[RecordedUse]:
    """Count uses of codes of this campaign; those that were new. The caller has locked the codes."""
    asked = {"vouchers": array(use.voucher_id for use in uses), "at": [use.at for use in uses]}
    known = {(voucher, at) for voucher, at in session.execute(_KNOWN, asked)}
    new = {(use.voucher_id, use.at): use for use in uses if (use.voucher_id, use.at) not in known}
    if not new:
        return []
    marked = {
        "vouchers": array(use.voucher_id for use in new.values()),
        "at": [use.at for use in new.values()],
        "minor": [use.minor for use in new.values()],
        "campaign": campaign.id,
        "reason": USED_IN_SHOP,
    }
    holders = {row.id: row.customer_id for row in session.execute(_MARK, marked)}
    rows = [_row(campaign.id, use, file_id, holders[use.voucher_id]) for use in new.values()]
    session.execute(insert(Redemption), rows)
    customer_sums.add(session, [OneMore(row["customer_id"], discount=row.get("discount_minor", 0)) for row in rows])
    return [RecordedUse(row["voucher_id"], row["at"], row["customer_id"]) for row in rows]


def _row(campaign_id: uuid.UUID, use: CodeUse, file_id: uuid.UUID | None, holder: uuid.UUID | None) -> dict[str, Any]:
    row = {
        "id": new_id(),
        "at": use.at,
        "noun": "voucher",
        "voucher_id": use.voucher_id,
        "campaign_id": campaign_id,
        "result": "succeeded",
        "minor": use.minor,
        "source": "file",
        "file_id": file_id,
    } | dict(use.more)
    return row | {"customer_id": use.more.get("customer_id") or holder}
