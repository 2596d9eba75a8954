"""Promotions: list, read, switch and delete tiers: /v1/promotions/tiers and /v1/promotions/{campaignId}/tiers."""

from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from domain.incentives.promotions import delete, tiers
from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign, Tier
from domain.workspace.api_keys.authorize import Caller
from webapp.api import listing, named
from webapp.api.actors import actor
from webapp.api.door.errors import not_found, wrong
from webapp.api.fields import ApiAnswer, ApiInput, Flag, Limit, Page, Word
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes.tier import TierShape, tier
from webapp.database import db

ORDERS: dict[str, Any] = {"created_at": Tier.created_at, "updated_at": Tier.updated_at, "id": Tier.id}


class TiersAsked(ApiInput):
    """Which page of the promotions."""

    is_available: Flag = None
    limit: Limit = 10
    page: Page = 1
    order: Word = None


class TierList(ApiAnswer):
    """A page of promotions; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["tiers"]
    tiers: list[TierShape]
    total: int
    has_more: bool


class TiersOfCampaign(ApiAnswer):
    """The promotions of a campaign, in the order in which they are asked."""

    object: Literal["list"]
    data_ref: Literal["tiers"]
    tiers: list[TierShape]
    total: int


def found(session: Session, caller: Caller, text: str) -> tuple[Tier, Campaign]:
    """The promotion with this id, and its campaign, among those that the key sees. Raises Refusal."""
    id = inside(Prefix.TIER, text)
    one = session.get(Tier, id) if id else None
    if one is None or not caller.sees(one.campaign_id):
        raise not_found("promotion_tier", text)
    return one, session.get_one(Campaign, one.campaign_id)


def available(caller: Caller) -> ColumnElement[bool]:
    """Those that are switched on and have begun, and are not over."""
    open = [
        and_(or_(one.starts_at.is_(None), one.starts_at <= caller.now), or_(one.ends_at.is_(None), one.ends_at > caller.now), one.active)
        for one in (Tier, Campaign)
    ]
    return and_(*open)


def visible(caller: Caller) -> Select[Tier, Campaign]:
    """Promotions with their campaigns, among those that the key sees."""
    sees = Tier.campaign_id.in_(caller.campaigns) if caller.campaigns else true()
    return select(Tier, Campaign).join(Campaign, Campaign.id == Tier.campaign_id).where(sees)


@operation("GET", "/v1/promotions/tiers", verb="read", query=TiersAsked, body=Nothing, answers=TierList, pull=True)
def list_promotion_tiers(call: ApiCall[TiersAsked, Nothing]) -> TierList:
    """Promotions of all campaigns; with `is_available`, those that hold now."""
    session, asked = db.session(), call.query
    query: listing.Rows = visible(call.caller)
    if asked.is_available is not None:
        query = query.where(available(call.caller) if asked.is_available else ~available(call.caller))
    total = listing.total(session, query, Tier.id)
    ordered = query.order_by(*listing.order(asked.order or "created_at", ORDERS, Tier.id))
    rows, more = listing.cut(session.execute(ordered.limit(asked.limit + 1).offset((asked.page - 1) * asked.limit)).all(), asked.limit)
    return TierList(object="list", data_ref="tiers", tiers=[tier(one, of) for one, of in rows], total=total, has_more=more)


@operation("GET", "/v1/promotions/tiers/{promotionTierId}", verb="read", query=Nothing, body=Nothing, answers=TierShape)
def get_promotion_tier(call: ApiCall[Nothing, Nothing]) -> TierShape:
    """One promotion."""
    return tier(*found(db.session(), call.caller, call.path["promotionTierId"]))


@operation("GET", "/v1/promotions/{campaignId}/tiers", verb="read", query=TiersAsked, body=Nothing, answers=TiersOfCampaign)
def list_promotion_tiers_of_campaign(call: ApiCall[TiersAsked, Nothing]) -> TiersOfCampaign:
    """The promotions of a campaign, in the order in which they are asked."""
    session = db.session()
    campaign = named.campaign(session, call.path["campaignId"], call.caller)
    rows = [tier(one, campaign) for one in tiers.of_campaign(session, campaign.id)]
    first = (call.query.page - 1) * call.query.limit
    return TiersOfCampaign(object="list", data_ref="tiers", tiers=rows[first : first + call.query.limit], total=len(rows))


@operation("POST", "/v1/promotions/tiers/{promotionTierId}/enable", verb="manage", query=Nothing, body=Nothing, answers=TierShape)
def enable_promotion_tier(call: ApiCall[Nothing, Nothing]) -> TierShape:
    """Switch a promotion on."""
    return _switched(call, on=True)


@operation("POST", "/v1/promotions/tiers/{promotionTierId}/disable", verb="manage", query=Nothing, body=Nothing, answers=TierShape)
def disable_promotion_tier(call: ApiCall[Nothing, Nothing]) -> TierShape:
    """Switch a promotion off."""
    return _switched(call, on=False)


def _switched(call: ApiCall[Nothing, Nothing], on: bool) -> TierShape:
    session = db.session()
    one, campaign = found(session, call.caller, call.path["promotionTierId"])
    tiers.switch(session, actor(call.caller), one, on)
    session.commit()
    return tier(one, campaign)


@operation("DELETE", "/v1/promotions/tiers/{promotionTierId}", verb="manage", query=Nothing, body=Nothing, answers=Nothing)
def delete_promotion_tier(call: ApiCall[Nothing, Nothing]) -> Nothing:
    """Delete a promotion that nothing needs."""
    session = db.session()
    one, _ = found(session, call.caller, call.path["promotionTierId"])
    try:
        delete.delete(session, actor(call.caller), one)
    except Refused as why:
        raise wrong("resource_in_use", " ".join(why.mistakes.values())) from why
    session.commit()
    return Nothing()
