"""Delete a campaign: only while none of its codes was given and nothing names it."""

import uuid

from sqlalchemy import Text, exists, func, or_, select, text
from sqlalchemy.orm import Session

from domain.incentives.codes.forecast import settled
from domain.incentives.codes.generate import open_jobs
from domain.incentives.codes.pool import pool
from domain.journal import audit
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables import references as uses
from domain.tables.customers import Segment
from domain.tables.distributions import Version
from domain.tables.incentives import Campaign, Publication, Tier

MOST = 2_000_000
"""Codes that are deleted in one transaction."""


def why_not(session: Session, campaign: Campaign) -> str:
    """Why it cannot be deleted, in words; empty where it can."""
    if names := uses.using_campaign(session, campaign.id):
        return f"Used by {_list(names)}. Take it out there first."
    if any(tier_names := [n for t in _tiers(session, campaign) for n in uses.using_tier(session, t)]):
        return f"Its promotions are used by {_list(sorted(set(tier_names)))}. Take them out there first."
    if names := _segments(session, campaign):
        return f"The segment {_list(names)} asks about its codes. Change that condition first."
    if session.scalar(select(exists().where(Publication.campaign_id == campaign.id))) or pool(session, campaign.id).given:
        return "Its codes were given to customers, and what was given is kept. Switch it off instead."
    if _was_sent(session, campaign):
        return "A distribution was sent with it, and its report names it. Switch it off instead."
    return "Its codes are just being made. Wait until they are." if open_jobs(session, campaign) else ""


def delete(session: Session, actor: Actor, campaign: Campaign) -> None:
    """Delete it with its codes. Raises Refused."""
    session.flush()
    session.refresh(campaign, with_for_update=True)
    if wrong := why_not(session, campaign):
        raise Refused({"": wrong})
    settled(session, campaign)
    audit.record(
        session,
        actor,
        "delete campaign",
        outside(Prefix.CAMPAIGN, campaign.id),
        campaign.name,
        before={"codes": pool(session, campaign.id).total},
    )
    session.flush()
    owned = select(Tier.rule_id).where(Tier.campaign_id == campaign.id, Tier.rule_id.is_not(None))
    rules = [*session.scalars(owned), *([campaign.rule_id] if campaign.rule_id else [])]
    for table in ("pool_deltas", "pool_counts", "code_files", "voucher_uses", "vouchers", "promotion_tiers"):
        session.execute(text(f"DELETE FROM {table} WHERE campaign_id = :id"), {"id": campaign.id})
    session.delete(campaign)
    session.flush()
    session.execute(text("DELETE FROM rules WHERE id = ANY(:ids)"), {"ids": rules})


def _tiers(session: Session, campaign: Campaign) -> list[uuid.UUID]:
    return list(session.scalars(select(Tier.id).where(Tier.campaign_id == campaign.id)))


def _segments(session: Session, campaign: Campaign) -> list[str]:
    named = func.strpos(func.coalesce(Segment.condition.cast(Text), ""), str(campaign.id)) > 0
    return list(session.scalars(select(Segment.name).where(named).order_by(Segment.name_key)))


def _was_sent(session: Session, campaign: Campaign) -> bool:
    plan = Version.plan
    named = or_(plan["campaign_id"].astext == str(campaign.id), plan["trigger_campaign_id"].astext == str(campaign.id))
    return bool(session.scalar(select(exists().where(named))))


def _list(names: list[str]) -> str:
    shown = [f"“{name}”" for name in names[:3]] + ([f"{len(names) - 3} more"] if len(names) > 3 else [])
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]
