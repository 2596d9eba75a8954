"""Add, change, order and switch the promotions of a campaign. The first one in order is the one that counts where several would."""

import uuid

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain.incentives.promotions.draft import TierDraft, mistakes
from domain.incentives.rules.limit import limit
from domain.journal import audit
from domain.kernel import clock, row_versions
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign, Tier


def of_campaign(session: Session, campaign_id: uuid.UUID) -> list[Tier]:
    """The promotions of a campaign, in order."""
    return list(session.scalars(select(Tier).where(Tier.campaign_id == campaign_id).order_by(Tier.position, Tier.id)))


def add(session: Session, actor: Actor, campaign: Campaign, draft: TierDraft) -> Tier:
    """A new promotion, last in order. Raises Refused, by field."""
    _lock(session, campaign.id)
    if wrong := mistakes(session, campaign, draft):
        raise Refused(wrong)
    last = session.scalar(select(func.max(Tier.position)).where(Tier.campaign_id == campaign.id))
    now = clock.now(session)
    tier = Tier(
        campaign_id=campaign.id,
        name=draft.name.strip(),
        banner=draft.banner.strip(),
        discount=draft.discount,
        position=0 if last is None else last + 1,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        created_at=now,
        updated_at=now,
        updated_by=actor.name,
    )
    session.add(tier)
    session.flush()
    limit(session, tier, draft.segment_id)
    audit.record(session, actor, "add promotion", outside(Prefix.TIER, tier.id), tier.name, after={"campaign": campaign.name})
    return tier


def edit(session: Session, actor: Actor, tier: Tier, seen: int, draft: TierDraft) -> None:
    """Save `draft`. Raises Stale where somebody saved since row_version `seen`, Refused by field."""
    row_versions.edit(session, tier, seen, actor, f"the promotion “{tier.name}”")
    if wrong := mistakes(session, session.get_one(Campaign, tier.campaign_id), draft, tier):
        raise Refused(wrong)
    before = _told(tier)
    tier.name, tier.banner, tier.discount = draft.name.strip(), draft.banner.strip(), draft.discount or {}
    tier.starts_at, tier.ends_at = draft.starts_at, draft.ends_at
    limit(session, tier, draft.segment_id)
    session.flush()
    audit.record(session, actor, "edit promotion", outside(Prefix.TIER, tier.id), tier.name, before, _told(tier))


def _told(tier: Tier) -> dict[str, object]:
    ends = [at.isoformat() if at else None for at in (tier.starts_at, tier.ends_at)]
    return {"name": tier.name, "banner": tier.banner, "discount": tier.discount, "starts_at": ends[0], "ends_at": ends[1]}


def move(session: Session, actor: Actor, tier: Tier, up: bool) -> bool:
    """Change places with its neighbour; False at the end of the list."""
    _lock(session, tier.campaign_id)
    order = of_campaign(session, tier.campaign_id)
    at = next(n for n, other in enumerate(order) if other.id == tier.id)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(order):
        return False
    order.insert(to, order.pop(at))
    for position, other in enumerate(order):
        other.position = position
    session.flush()
    audit.record(session, actor, "move promotion", outside(Prefix.TIER, tier.id), tier.name, {"place": at + 1}, {"place": to + 1})
    return True


def switch(session: Session, actor: Actor, tier: Tier, on: bool) -> None:
    """Switch a promotion off, or on again."""
    session.flush()
    session.refresh(tier, with_for_update={"key_share": True})
    if tier.active != on:
        tier.active, tier.row_version = on, tier.row_version + 1
        tier.updated_at, tier.updated_by = clock.now(session), actor.name
        audit.record(session, actor, f"switch promotion {'on' if on else 'off'}", outside(Prefix.TIER, tier.id), tier.name)


def _lock(session: Session, campaign_id: uuid.UUID) -> None:
    session.execute(text("SELECT id FROM campaigns WHERE id = :id FOR NO KEY UPDATE"), {"id": campaign_id})
