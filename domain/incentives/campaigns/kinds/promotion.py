"""Promotions: no codes, but tiers in an order, of which distributions tell; where several would hold, the first counts."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.contract import CampaignKind, KindWords
from domain.incentives.promotions import tiers
from domain.tables.incentives import Campaign, Tier
from domain.tables.redemptions import Rule
from domain.tables.usage import references


def _kept_by(session: Session, campaign: Campaign) -> str:
    names = {name for tier in tiers.of_campaign(session, campaign.id) for name in references.using_tier(session, tier.id)}
    return f"Its promotions are used by {references.in_words(sorted(names))}. Take them out there first." if names else ""


def _discard(session: Session, campaign: Campaign) -> None:
    rules = [tier.rule_id for tier in tiers.of_campaign(session, campaign.id) if tier.rule_id]
    session.execute(delete(Tier).where(Tier.campaign_id == campaign.id))
    session.execute(delete(Rule).where(Rule.id.in_(rules)))


KIND = CampaignKind(
    key="promotion",
    label="Promotions",
    about="A promotion needs no code: customers are told about it, and it holds for whoever fits. Several can stand in an order, such as "
    "€5 off from €30 and €10 off from €60.",
    icon="megaphone",
    position=20,
    words=KindWords(new="New promotion", make="Next: its first promotion", edit="Rename", save="Save the name", saved="The name is saved."),
    example={"name": "Bread week"},
    no_codes="is a promotion: it has tiers, not codes.",
    has_pool=False,
    phrases=lambda campaign: ["Promotions"],
    campaign_type="PROMOTION",
    kept_by=_kept_by,
    discard=_discard,
)
