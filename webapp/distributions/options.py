"""What can be chosen on each step, and what cannot now, with the reason: the tiles of the wizard."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.plan.check_action import campaign_closed
from domain.incentives.campaigns.kinds.catalogue import keys_with_codes
from domain.incentives.codes.pool import pools
from domain.kernel.base import Prefix, outside
from domain.tables.connections import Connection
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign, Tier
from domain.triggers import catalogue as choices
from integrations import catalogue
from integrations.contract import Mode

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


def actions(session: Session, spec: Spec) -> list[Option]:
    """What people can get."""
    return [
        Option(
            action.key,
            action.label,
            action.about,
            action.icon,
            off=choices.action_closed(spec.trigger, action.key) or _nothing_there(session, action.key),
            href=_REMEDIES.get(action.key, ("", ""))[0],
            remedy=_REMEDIES.get(action.key, ("", ""))[1],
            chosen=spec.action == action.key,
        )
        for action in choices.ACTIONS.values()
    ]


_REMEDIES = {"codes": ("/campaigns", "Make a campaign"), "promotion": ("/campaigns", "Make a promotion")}


def _nothing_there(session: Session, action: str) -> str:
    if action == "codes" and not session.scalar(select(Campaign.id).where(Campaign.kind.in_(keys_with_codes())).limit(1)):
        return "There is no campaign with codes yet."
    if action == "promotion" and not session.scalar(select(Tier.id).limit(1)):
        return "There is no promotion yet."
    return ""


@dataclass(frozen=True)
class CampaignTile:
    """A campaign as a tile, with its pool."""

    option: Option
    campaign: Campaign
    free: int


def campaigns(session: Session, chosen: uuid.UUID | None) -> list[CampaignTile]:
    """Campaigns with codes, the chosen one first, then the newest; closed ones with the reason."""
    query = (
        select(Campaign)
        .where(Campaign.kind.in_(keys_with_codes()))
        .order_by((Campaign.id == chosen).desc(), Campaign.id.desc())
        .limit(MANY)
    )
    rows = session.scalars(query).all()
    free = pools(session, [row.id for row in rows]) if rows else {}
    return [
        CampaignTile(
            Option(
                outside(Prefix.CAMPAIGN, row.id), row.name, row.description, "ticket",
                off=campaign_closed(session, row), href=f"/campaigns/{outside(Prefix.CAMPAIGN, row.id)}", remedy="Open it",
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
                href=f"/campaigns/{outside(Prefix.CAMPAIGN, campaign.id)}", remedy="Open it", chosen=tier.id == chosen,
            ),
            tier,
        )
        for tier, campaign in rows
    ]  # fmt: skip


def segments(session: Session, chosen: uuid.UUID | None) -> Sequence[Segment]:
    """Segments to choose from, by name."""
    query = select(Segment).order_by((Segment.id == chosen).desc(), Segment.name_key).limit(500)
    return sorted(session.scalars(query), key=lambda s: s.name_key)


def channels(session: Session, spec: Spec) -> list[Option]:
    """A tile for each way that is connected; below them the providers that are not, with what to do."""
    rows = session.scalars(select(Connection).where(Connection.archived_at.is_(None)).order_by(Connection.name_key)).all()
    open_ones = [option for row in rows for option in _ways(spec, row)]
    there = {row.provider for row in rows}
    return open_ones + [
        Option(p.key, p.name, p.about, "lock", off="Not connected yet.", href=f"/connections/new/{p.key}", remedy="Connect it")
        for p in catalogue.providers()
        if p.key not in there
    ]


def _ways(spec: Spec, row: Connection) -> list[Option]:
    try:
        provider = catalogue.provider(row.provider)
    except KeyError:
        return []
    several = len(provider.modes) > 1
    return [
        Option(
            f"{outside(Prefix.CONNECTION, row.id)}:{mode.key}",
            f"{row.name}, {mode.label}" if several else row.name,
            f"Paused: {row.paused_reason}" if row.paused_at else provider.about,
            ICONS.get(mode.channel, provider.icon),
            off=_closed(spec, row, mode),
        )
        for mode in provider.modes
    ]


ICONS = {"email": "mail", "sms": "message-square", "webhook": "webhook", "platform": "layers"}


def _closed(spec: Spec, row: Connection, mode: Mode) -> str:
    if closed := choices.channel_closed(spec.trigger, spec.action, mode):
        return closed
    if any(c.connection_id == row.id and c.mode == mode.key for c in spec.channels):
        return "It is among the channels already."
    return ""
