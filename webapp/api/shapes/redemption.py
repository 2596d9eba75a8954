"""What does a redemption look like, and one that was taken back?"""

from typing import Any, Literal

from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer
from domain.tables.incentives import Tier
from domain.tables.redemptions import Redemption, Rollback
from webapp.api.fields import ApiAnswer
from webapp.api.shapes.customer import CustomerShape, customer
from webapp.api.shapes.order import OrderShape
from webapp.api.shapes.voucher import VoucherShape, moment

Status = Literal["SUCCEEDED", "FAILED", "ROLLED_BACK"]
ResultWord = Literal["SUCCESS", "FAILURE"]
Noun = Literal["voucher", "promotion_tier", "redemption"]
NOUNS: dict[str, Noun] = {"voucher": "voucher", "promotion_tier": "promotion_tier", "stack": "redemption"}


class TierName(ApiAnswer):
    """A promotion in short."""

    id: str
    name: str
    banner: str
    campaign: dict[str, str]
    metadata: dict[str, Any]


class RedemptionChannel(ApiAnswer):
    """How it came in."""

    channel_id: str
    channel_type: Literal["API"]


class Short(ApiAnswer):
    """Another one, by id and time."""

    id: str
    date: str | None


class Related(ApiAnswer):
    """Those that belong to it."""

    redemptions: list[Short] | None = None
    rollbacks: list[Short] | None = None


class RedemptionShape(ApiAnswer):
    """A code or a promotion that was redeemed, or the try that failed; the parent of several has neither."""

    id: str
    object: Literal["redemption"]
    date: str | None
    customer_id: str | None
    tracking_id: str | None
    metadata: dict[str, Any]
    result: ResultWord
    status: Status
    redemption: str | None = None
    related_redemptions: Related | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    order: OrderShape | None
    channel: RedemptionChannel | None
    customer: CustomerShape | None
    related_object_type: Noun
    related_object_id: str
    voucher: VoucherShape | None
    promotion_tier: TierName | None = None


class RollbackShape(ApiAnswer):
    """That a redemption was taken back."""

    id: str
    object: Literal["redemption_rollback"]
    date: str | None
    customer_id: str | None
    tracking_id: str | None
    metadata: dict[str, Any]
    redemption: str
    reason: str | None
    result: Literal["SUCCESS"]
    status: Literal["SUCCEEDED"]
    order: OrderShape | None
    channel: RedemptionChannel | None
    customer: CustomerShape | None
    related_object_type: Noun
    related_object_id: str
    voucher: VoucherShape | None
    promotion_tier: TierName | None = None


def shown_id(one: Redemption) -> str:
    """Its id as programs see it: that of a try that failed begins with `rf_`."""
    id = outside(Prefix.REDEMPTION, one.id)
    return id if one.result == "succeeded" else f"rf_{one.id.hex}"


def facts(
    one: Redemption, who: Customer | None, order: OrderShape | None, voucher: VoucherShape | None, tier: Tier | None
) -> dict[str, Any]:
    """What a redemption and its rollback say alike."""
    return {
        "customer_id": outside(Prefix.CUSTOMER, one.customer_id) if one.customer_id else None,
        "order": applied(order, one) if order else None,
        "channel": RedemptionChannel(channel_id=one.key_id.hex, channel_type="API") if one.key_id else None,
        "customer": customer(who) if who else None,
        "related_object_type": NOUNS[one.noun],
        "related_object_id": _related(one),
        "voucher": voucher,
        **({"promotion_tier": tier_name(tier)} if tier else {}),
    }


def _related(one: Redemption) -> str:
    if one.voucher_id:
        return outside(Prefix.VOUCHER, one.voucher_id)
    return outside(Prefix.TIER, one.tier_id) if one.tier_id else outside(Prefix.REDEMPTION, one.id)


def tier_name(tier: Tier) -> TierName:
    """A promotion in short."""
    campaign = {"id": outside(Prefix.CAMPAIGN, tier.campaign_id)}
    return TierName(id=outside(Prefix.TIER, tier.id), name=tier.name, banner=tier.banner, campaign=campaign, metadata=tier.details)


def applied(order: OrderShape, one: Redemption) -> OrderShape:
    """The order with what this redemption took off."""
    off = int((one.taken or {}).get("order", 0))
    more = {
        "applied_discount_amount": off,
        "items_applied_discount_amount": one.discount_minor - off,
        "total_applied_discount_amount": one.discount_minor,
    }
    return order.model_copy(update=more)


def redemption(one: Redemption, told: dict[str, Any], related: Related | None = None) -> RedemptionShape:
    """A redemption; `told` is what `facts` says of it."""
    status: Status = "FAILED" if one.result == "failed" else "ROLLED_BACK" if one.rolled_back_at else "SUCCEEDED"
    more: dict[str, Any] = {"failure_code": one.failure, "failure_message": one.failure_words} if one.result == "failed" else {}
    more |= {"redemption": outside(Prefix.REDEMPTION, one.parent_id)} if one.parent_id else {}
    more |= {"related_redemptions": related} if related else {}
    return RedemptionShape(
        id=shown_id(one),
        object="redemption",
        date=moment(one.at),
        tracking_id=one.tracking_id,
        metadata=one.details,
        result="SUCCESS" if one.result == "succeeded" else "FAILURE",
        status=status,
        **more,
        **told,
    )


def rollback(one: Redemption, back: Rollback, told: dict[str, Any]) -> RollbackShape:
    """Its rollback."""
    return RollbackShape(
        id=outside(Prefix.ROLLBACK, back.id),
        object="redemption_rollback",
        date=moment(back.at),
        tracking_id=back.tracking_id,
        metadata=back.details,
        redemption=shown_id(one),
        reason=back.reason or None,
        result="SUCCESS",
        status="SUCCEEDED",
        **told,
    )
