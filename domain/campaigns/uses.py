"""Which campaigns and promotions are only for this segment? It cannot be deleted while one is."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.campaigns.models import Campaign
from domain.promotions.models import Tier
from domain.rules.models import Rule


def of_segment(session: Session, segment_id: uuid.UUID) -> list[str]:
    """Names of the campaigns limited to this segment, by themselves or by one of their promotions."""
    named = Rule.condition["fact"].astext == "segment", Rule.condition["value"].astext == str(segment_id)
    own = select(Campaign.name).where(Campaign.segment_id == segment_id)
    tiers = select(Campaign.name).join(Tier, Tier.campaign_id == Campaign.id).join(Rule, Rule.id == Tier.rule_id).where(*named)
    return list(session.scalars(own.union(tiers).order_by("name")))
