"""Delete a promotion: refused while a distribution tells about it."""

from sqlalchemy.orm import Session

from domain.base import Prefix, outside
from domain.distributions import uses
from domain.project import audit
from domain.promotions.models import Tier
from domain.refused import Refused
from domain.rules.limit import limit


def why_not(session: Session, tier: Tier) -> str:
    """Why it cannot be deleted, in words; empty where it can."""
    names = uses.of_tier(session, tier.id)
    return f"Used by {', '.join(f'“{name}”' for name in names)}. Take it out there first." if names else ""


def delete(session: Session, actor: audit.Actor, tier: Tier) -> None:
    """Delete it. Raises Refused."""
    if wrong := why_not(session, tier):
        raise Refused({"": wrong})
    audit.record(session, actor, "delete promotion", outside(Prefix.TIER, tier.id), tier.name)
    limit(session, tier, None)
    session.delete(tier)
    session.flush()
