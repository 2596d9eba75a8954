"""Delete a campaign: only while none of its codes was given and nothing names it."""

from sqlalchemy import Text, exists, func, or_, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.codes.forecast import settled
from domain.incentives.codes.generate import open_jobs
from domain.incentives.codes.pool import pool
from domain.journal import audit
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Segment
from domain.tables.distributions import Version
from domain.tables.incentives import Campaign, Publication
from domain.tables.redemptions import Rule, RuleAssignment
from domain.tables.usage import references

MOST = 2_000_000
"""Codes that are deleted in one transaction."""


def why_not(session: Session, campaign: Campaign) -> str:
    """Why it cannot be deleted, in words; empty where it can."""
    if names := references.using_campaign(session, campaign.id):
        return f"Used by {references.in_words(names)}. Take it out there first."
    if why := campaign_kind(campaign.kind).kept_by(session, campaign):
        return why
    if names := _segments(session, campaign):
        return f"The segment {references.in_words(names)} asks about its codes. Change that condition first."
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
    campaign_kind(campaign.kind).discard(session, campaign)
    session.execute(delete_rows(RuleAssignment).where(RuleAssignment.object_id == campaign.id))
    rule_id = campaign.rule_id
    session.delete(campaign)
    session.flush()
    session.execute(delete_rows(Rule).where(Rule.id == rule_id))


def _segments(session: Session, campaign: Campaign) -> list[str]:
    named = func.strpos(func.coalesce(Segment.condition.cast(Text), ""), str(campaign.id)) > 0
    return list(session.scalars(select(Segment.name).where(named).order_by(Segment.name_key)))


def _was_sent(session: Session, campaign: Campaign) -> bool:
    plan = Version.plan
    named = or_(plan["campaign_id"].astext == str(campaign.id), plan["trigger_campaign_id"].astext == str(campaign.id))
    return bool(session.scalar(select(exists().where(named))))
