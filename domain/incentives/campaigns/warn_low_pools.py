"""Which pools run dry soon? A notice says it before it happens, and is closed when codes were added or the campaign is over."""

import datetime
import uuid

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import keys_with_pool
from domain.incentives.codes.forecast import Outlook, outlooks, settled
from domain.journal import notices, quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.tables.incentives import Campaign

_STRANDED = text("""
    UPDATE campaigns SET generation = 'failed', wanted = 0, generation_error = 'Making its codes broke off. Add the rest again.'
    WHERE generation = 'running' AND NOT EXISTS (
        SELECT FROM jobs WHERE subject_id = campaigns.id AND kind = 'generate_codes' AND state IN ('queued', 'running'))
    RETURNING id
""")


def warn_of_low_pools(session: Session) -> int:
    """Raise and resolve notices about pools that run low; how many are low or dry. The clock calls it every few minutes."""
    now = clock.now(session)
    stranded(session)
    low: set[uuid.UUID] = set()

    def look(both: tuple[Campaign, Outlook]) -> None:
        campaign, seen = both
        if seen.state in {"low", "dry"} and seen.pool.given:
            low.add(campaign.id)
            _warn(session, campaign, seen)
        else:
            settled(session, campaign)

    quarantine.each(session, "low_pools", _running(session, now), look, lambda both: both[0].id)
    return len(low)


def _running(session: Session, now: datetime.datetime) -> list[tuple[Campaign, Outlook]]:
    campaigns = session.scalars(
        select(Campaign).where(Campaign.kind.in_(keys_with_pool()), text(quarantine.whole("low_pools", "campaigns.id")))
    ).all()
    seen = outlooks(session, campaigns)
    for campaign in campaigns:
        if not campaign.active or (campaign.ends_at is not None and campaign.ends_at <= now):
            settled(session, campaign)
    return [(c, seen[c.id]) for c in campaigns if c.active and (c.ends_at is None or c.ends_at > now)]


def _warn(session: Session, campaign: Campaign, seen: Outlook) -> None:
    about = outside(Prefix.CAMPAIGN, campaign.id)
    if seen.state == "dry":
        notices.resolve(session, "pool_low", about)
        notices.raise_notice(
            session, "pool_dry", about, f"“{campaign.name}” has no code left", "Nobody can be given one until codes are added.", grave=True
        )
        return
    when = f"At the pace of the last {seen.days} days it is empty on {seen.dry_at:%A, %-d %B}." if seen.dry_at else ""
    notices.resolve(session, "pool_dry", about)
    notices.raise_notice(session, "pool_low", about, f"“{campaign.name}” has {seen.pool.free:,} codes left", when)


def stranded(session: Session) -> int:
    """Campaigns that wait for codes nobody makes any more, because the work broke or was canceled: say so; how many."""
    return len(session.execute(_STRANDED).all())
