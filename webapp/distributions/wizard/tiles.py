"""What can be chosen from tiles, and what cannot now, with the reason: campaigns, promotions and segments."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import keys_with_codes
from domain.incentives.codes.pool import pools
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign, Tier
from domain.triggers.checks import campaign_closed
from webapp.links import page_of

MANY = 60
"""Tiles at most; beyond, a search is the better way."""


@dataclass(frozen=True)
class Option:
    """A tile. `off` is the reason why it is closed; `href` leads to the remedy."""

    value: str
    label: str
    about: str = ""
    icon: str = ""
    off: str = ""
    href: str = ""
    remedy: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class CampaignTile:
    """A campaign as a tile, with its pool."""

    option: Option
    campaign: Campaign
    free: int


def campaigns(session: Session, chosen: uuid.UUID | None) -> list[CampaignTile]:
    """Campaigns with codes, the chosen one first, then the newest; closed ones with the reason."""
    with_codes = Campaign.kind.in_(keys_with_codes())
    query = select(Campaign).where(with_codes).order_by((Campaign.id == chosen).desc(), Campaign.id.desc()).limit(MANY)
    rows = session.scalars(query).all()
    free = pools(session, [row.id for row in rows]) if rows else {}
    return [
        CampaignTile(
            Option(
                outside(Prefix.CAMPAIGN, row.id), row.name, row.description, "ticket",
                off=campaign_closed(session, row), href=page_of(Prefix.CAMPAIGN, row.id), remedy="Open it",
                chosen=row.id == chosen,
            ),
            row,
            free[row.id].free,
        )
        for row in rows
    ]  # fmt: skip


def tiers(session: Session, chosen: uuid.UUID | None) -> list[tuple[Option, Tier]]:
    """Tiers of promotions, by promotion and position."""
    query = select(Tier, Campaign).join(Campaign, Campaign.id == Tier.campaign_id)
    rows = session.execute(query.order_by((Tier.id == chosen).desc(), Campaign.name_key, Tier.position).limit(MANY))
    return [
        (
            Option(
                outside(Prefix.TIER, tier.id), tier.name, tier.banner or campaign.name, "megaphone",
                off="" if tier.active and campaign.active else f"“{tier.name}” is switched off.",
                href=page_of(Prefix.CAMPAIGN, campaign.id), remedy="Open it", chosen=tier.id == chosen,
            ),
            tier,
        )
        for tier, campaign in rows
    ]  # fmt: skip


def segments(session: Session, chosen: uuid.UUID | None) -> Sequence[Segment]:
    """Segments to choose from, by name."""
    query = select(Segment).order_by((Segment.id == chosen).desc(), Segment.name_key).limit(500)
    return sorted(session.scalars(query), key=lambda s: s.name_key)
