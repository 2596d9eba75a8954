"""Which pools run low? Campaigns whose codes are wanted and whose free ones are few, or end soon at the pace of the last week."""

import datetime
import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import keys_with_pool
from domain.incentives.codes.forecast import pace
from domain.insight.home import quarter_sums
from domain.kernel import clock

FEW = 100
SOON = datetime.timedelta(days=21)


@dataclass(frozen=True)
class Low:
    """A pool that runs low. `ends` is when it is dry at the pace of the last week; None where that is too little to tell."""

    campaign_id: uuid.UUID
    name: str
    free: int
    auto_update: bool
    ends: datetime.datetime | None
    levels: list[int]
    """Free codes on each of the last eight days, as the codes given since tell; the last one is now."""


_POOLS = text("""
    WITH free AS (
        SELECT campaign_id, sum(n)::bigint AS n FROM (
            SELECT campaign_id, count AS n FROM pool_counts WHERE state = 'free'
            UNION ALL SELECT campaign_id, delta FROM pool_deltas WHERE state = 'free') AS every
        GROUP BY campaign_id)
    SELECT c.id, c.name, c.auto_update, c.ends_at, coalesce(f.n, 0) AS free FROM campaigns c LEFT JOIN free f ON f.campaign_id = c.id
    WHERE c.active AND c.kind = ANY(:kinds) AND (c.ends_at IS NULL OR c.ends_at > :now) AND coalesce(f.n, 0) <= :most
    ORDER BY coalesce(f.n, 0), c.name_key LIMIT :limit
""")


def pools(session: Session, shown: int = 4) -> list[Low]:
    """The pools that run low, the emptiest first. Pools that fill themselves are none of our worries until they are empty."""
    now = clock.now(session)
    found = session.execute(_POOLS, {"now": now, "most": 100_000, "limit": 60, "kinds": keys_with_pool()}).all()
    given = _given(session, [row.id for row in found], now)
    today = (now - _midnight(now)) / datetime.timedelta(days=1)
    out = []
    for row in found:
        days = given.get(row.id, [0] * 8)
        used = max((ago for ago, given in enumerate(days) if given), default=0)
        known = pace(days, used + today)
        ends = now + datetime.timedelta(days=row.free / known) if known is not None else None
        if ends is not None and row.ends_at is not None and row.ends_at <= ends:
            continue
        soon = ends is not None and ends - now < SOON
        if (row.auto_update and row.free) or not (soon or (row.free <= FEW and (any(days) or row.free == 0))):
            continue
        levels = [row.free + sum(days[:ago]) for ago in reversed(range(8))]
        out.append(Low(row.id, row.name, row.free, row.auto_update, ends if row.free else None, levels))
    return sorted(out, key=lambda low: (low.free > 0, low.ends or now + SOON, low.free))[:shown]


def _given(session: Session, campaigns: list[uuid.UUID], now: datetime.datetime) -> dict[uuid.UUID, list[int]]:
    """Codes given today and on each of the seven days before, today first."""
    out: dict[uuid.UUID, list[int]] = {id: [0] * 8 for id in campaigns}
    start = _midnight(now) - datetime.timedelta(days=7)
    for _, day, campaign, count in quarter_sums.by_day(session, start, "UTC", ["given"]) if campaigns else ():
        if campaign in out and day <= now.date():
            out[campaign][(now.date() - day).days] += count
    return out


def _midnight(now: datetime.datetime) -> datetime.datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
