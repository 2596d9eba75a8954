"""How many codes of a campaign are left? Folded counts plus the deltas that are not folded yet, so nobody counts a million rows."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.kernel.base import array
from domain.tables.incentives import Campaign

STATES = ("free", "reserved", "assigned", "void")


@dataclass(frozen=True)
class Pool:
    """The codes of one campaign by state; `redeemed` ones count among the assigned and the void."""

    free: int = 0
    reserved: int = 0
    assigned: int = 0
    void: int = 0
    redeemed: int = 0

    @property
    def total(self) -> int:
        """Every code there is."""
        return self.free + self.reserved + self.assigned + self.void

    @property
    def given(self) -> int:
        """Codes that are somebody's, or about to be."""
        return self.reserved + self.assigned


_COUNTS = text("""
    SELECT campaign_id, state, sum(n) FROM (
        SELECT campaign_id, state, count AS n FROM pool_counts WHERE campaign_id = ANY(:campaigns)
        UNION ALL
        SELECT campaign_id, state, delta FROM pool_deltas WHERE campaign_id = ANY(:campaigns)) AS each
    GROUP BY campaign_id, state
""")

_CLAIM = text(f"""
    SELECT id FROM pool_deltas d WHERE {quarantine.whole("pools", "d.id")} ORDER BY id LIMIT :limit FOR UPDATE OF d SKIP LOCKED
""")
_FOLD = text("""
    WITH gone AS (
        DELETE FROM pool_deltas WHERE id = ANY(CAST(:ids AS uuid[]))
        RETURNING campaign_id, state, delta),
    summed AS (SELECT campaign_id, state, sum(delta) AS delta, count(*) AS n FROM gone GROUP BY campaign_id, state),
    folded AS (
        INSERT INTO pool_counts (campaign_id, state, count) SELECT campaign_id, state, delta FROM summed ORDER BY campaign_id, state
        ON CONFLICT (campaign_id, state) DO UPDATE SET count = pool_counts.count + excluded.count)
    SELECT coalesce(sum(n), 0) FROM summed
""")


def pools(session: Session, campaign_ids: list[uuid.UUID]) -> dict[uuid.UUID, Pool]:
    """The pools of these campaigns, read in one snapshot."""
    found: dict[uuid.UUID, dict[str, int]] = {id: {} for id in campaign_ids}
    for campaign_id, state, count in session.execute(_COUNTS, {"campaigns": campaign_ids}):
        found[campaign_id][state] = int(count)
    return {id: Pool(**states) for id, states in found.items()}


def pool(session: Session, campaign_id: uuid.UUID) -> Pool:
    """The pool of this campaign."""
    return pools(session, [campaign_id])[campaign_id]


def held(session: Session, campaign_id: uuid.UUID) -> int:
    """How many codes this campaign has, whatever their state."""
    return pool(session, campaign_id).total


def fold(session: Session, limit: int = 20_000) -> int:
    """Add up to `limit` deltas to the counts; how many there were. The clock calls it; several at once do no harm."""
    ids = session.scalars(_CLAIM, {"limit": limit}).all()
    quarantine.isolate(session, "pools", ids, lambda some: session.execute(_FOLD, {"ids": array(some)}))
    return len(ids)


def discard(session: Session, campaign: Campaign) -> None:
    """Delete the codes of a campaign, with their counts, uses and lists."""
    for table in ("pool_deltas", "pool_counts", "code_files", "redemptions", "vouchers"):
        session.execute(text(f"DELETE FROM {table} WHERE campaign_id = :id"), {"id": campaign.id})
