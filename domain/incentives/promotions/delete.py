"""Delete a promotion: refused while a distribution tells about it."""

from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from domain.incentives.rules.limit import limit
from domain.journal import audit
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Tier
from domain.tables.redemptions import Redemption, RuleAssignment
from domain.tables.usage import references


def why_not(session: Session, tier: Tier) -> str:
    """Why it cannot be deleted, in words; empty where it can."""
    names = references.using_tier(session, tier.id)
    if names:
        return f"Used by {', '.join(f'“{name}”' for name in names)}. Take it out there first."
    redeemed = session.scalar(select(exists().where(Redemption.tier_id == tier.id)))
    return "It was redeemed, and what was redeemed is kept. Switch it off instead." if redeemed else ""


def delete(session: Session, actor: Actor, tier: Tier) -> None:
    """Delete it. Raises Refused."""
    if wrong := why_not(session, tier):
        raise Refused({"": wrong})
    audit.record(session, actor, "delete promotion", outside(Prefix.TIER, tier.id), tier.name)
    limit(session, tier, None)
    session.execute(delete_rows(RuleAssignment).where(RuleAssignment.object_id == tier.id))
    session.delete(tier)
    session.flush()
