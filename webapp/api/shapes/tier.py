"""What does a promotion look like?"""

from typing import Any, Literal

from domain.incentives import discount
from domain.kernel.base import Prefix, outside
from domain.tables.incentives import Campaign, Tier
from webapp.api.fields import ApiAnswer
from webapp.api.shapes.voucher import Discount, moment


class TierAction(ApiAnswer):
    """What it takes off."""

    discount: Discount | None


class CampaignOfTier(ApiAnswer):
    """Its campaign in short."""

    id: str
    name: str
    start_date: str | None
    expiration_date: str | None
    active: bool
    category_id: None
    object: Literal["campaign"]


class TierShape(ApiAnswer):
    """A promotion; a lower `hierarchy` is asked first."""

    id: str
    created_at: str | None
    updated_at: str | None
    name: str
    banner: str
    action: TierAction
    metadata: dict[str, Any]
    hierarchy: int
    promotion_id: str
    campaign: CampaignOfTier
    campaign_id: str
    active: bool
    start_date: str | None
    expiration_date: str | None
    category_id: None
    categories: list[dict[str, Any]]
    object: Literal["promotion_tier"]


def tier(one: Tier, campaign: Campaign) -> TierShape:
    """A promotion."""
    shape = discount.api_shape(one.discount)
    campaign_id = outside(Prefix.CAMPAIGN, campaign.id)
    return TierShape(
        id=outside(Prefix.TIER, one.id),
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
        name=one.name,
        banner=one.banner,
        action=TierAction(discount=Discount(**shape) if shape else None),
        metadata=one.details,
        hierarchy=one.position + 1,
        promotion_id=campaign_id,
        campaign=CampaignOfTier(
            id=campaign_id,
            name=campaign.name,
            start_date=moment(campaign.starts_at),
            expiration_date=moment(campaign.ends_at),
            active=campaign.active,
            category_id=None,
            object="campaign",
        ),
        campaign_id=campaign_id,
        active=one.active,
        start_date=moment(one.starts_at),
        expiration_date=moment(one.ends_at),
        category_id=None,
        categories=[],
        object="promotion_tier",
    )
