"""When does a pool run dry? The last fourteen days say how many codes a day are given, where they were given often enough to say it."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.codes.pool import Pool, pools
from domain.journal import notices
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.tables.incentives import Campaign

DAYS = 14
ENOUGH = 7
"""Days of use without which nothing is said about those to come."""
OFTEN = 3
"""Days on which codes were given, without which that was no pace: one mailing to a segment is not repeated day by day."""
FAR = datetime.timedelta(days=365)
"""No day beyond this is told: a fortnight does not reach so far."""
LOW_SHARE = 0.1
"""A pool that lost nine tenths of its codes is low, however slowly it goes."""
WARN_AHEAD = datetime.timedelta(days=7)

# A range of ids per day would need no index on the time: publications have ids that sort by it.
_GIVEN = text("""
    SELECT campaign_id, floor(extract(epoch FROM :now - created_at) / 86400)::int AS days_ago, count(*) AS given
    FROM publications WHERE id >= CAST(:since AS uuid) AND created_at > :from AND campaign_id = ANY(:campaigns) GROUP BY 1, 2
""")


@dataclass(frozen=True)
class Outlook:
    """How the pool of one campaign goes: what was given on each of the last days, today last, and when it is empty at that pace."""

    pool: Pool
    daily: tuple[int, ...] = (0,) * DAYS
    dry_at: datetime.datetime | None = None
    grows: bool = False
    """It makes codes by itself, so it does not run dry."""
    days: int = 0
    """The days of use, today last, whose pace that is."""
    too_little: bool = False
    """Codes are given, but for less than a week or on hardly any day of it: nobody can tell how long the pool lasts."""
    ends_first: bool = False
    """The campaign ends before the pool does."""
    state: str = field(default="ok")
    """`ok`, `low`, `dry`, or `none`: it never had a code."""

    @property
    def levels(self) -> list[int]:
        """How many were free at the end of each of these days, as far as giving changed it."""
        level, found = self.pool.free, []
        for given in reversed(self.daily):
            found.append(level)
            level += given
        return list(reversed(found))


def outlooks(session: Session, campaigns: Sequence[Campaign]) -> dict[uuid.UUID, Outlook]:
    """The outlook of each of these campaigns, in two queries."""
    ids = [campaign.id for campaign in campaigns]
    counted, now = pools(session, ids), clock.now(session)
    start = now - datetime.timedelta(days=DAYS)
    daily = {id: [0] * DAYS for id in ids}
    for row in session.execute(_GIVEN, {"now": now, "since": _first_id(start), "from": start, "campaigns": ids}):
        if 0 <= row.days_ago < DAYS:
            daily[row.campaign_id][DAYS - 1 - row.days_ago] = row.given
    return {c.id: _outlook(c, counted[c.id], daily[c.id], now) for c in campaigns}


def outlook(session: Session, campaign: Campaign) -> Outlook:
    """The outlook of one campaign."""
    return outlooks(session, [campaign])[campaign.id]


def _first_id(moment: datetime.datetime) -> uuid.UUID:
    """The smallest UUIDv7 of that millisecond, less a day for clocks that were moved."""
    return uuid.UUID(int=int((moment.timestamp() - 86_400) * 1000) << 80)


def pace(daily: Sequence[int], days: float) -> float | None:
    """Codes a day, of what was given on each of the last days, `days` of them in use; None where that is too little to tell."""
    return sum(daily) / days if days >= ENOUGH and sum(map(bool, daily)) >= OFTEN else None


def _outlook(campaign: Campaign, pool: Pool, daily: list[int], now: datetime.datetime) -> Outlook:
    first = next((DAYS - day for day, given in enumerate(daily) if given), 0)
    days = DAYS if pool.assigned > sum(daily) else first  # what was given before these days was in use on all of them
    known, grows = pace(daily, days), campaign.auto_update
    lasts = None if known is None or not pool.free else datetime.timedelta(days=min(pool.free / known, 3650))
    ends_first = lasts is not None and campaign.ends_at is not None and campaign.ends_at <= now + lasts
    told = None if lasts is None or lasts > FAR or grows or ends_first else now + lasts
    return Outlook(
        pool, tuple(daily), told, grows, days, known is None and first > 0 and not grows, ends_first and not grows,
        _state(pool, grows, told, now),
    )  # fmt: skip


def _state(pool: Pool, grows: bool, dry_at: datetime.datetime | None, now: datetime.datetime) -> str:
    if grows:
        return "ok"
    if pool.total == 0:
        return "none"
    if pool.free == 0:
        return "dry"
    soon = dry_at is not None and dry_at <= now + WARN_AHEAD
    return "low" if soon or pool.free < (pool.free + pool.given) * LOW_SHARE else "ok"


def settled(session: Session, campaign: Campaign) -> None:
    """The pool is well: close what was said about it."""
    for kind in ("pool_low", "pool_dry"):
        notices.resolve(session, kind, outside(Prefix.CAMPAIGN, campaign.id))
