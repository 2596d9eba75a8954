"""Read redemptions: GET /v1/redemptions, GET /v1/redemptions/{redemptionId}, and those of one code."""

import uuid
from typing import Literal

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session, aliased

from domain.kernel.base import Prefix, folded, inside
from domain.tables.incentives import Campaign
from domain.tables.redemptions import Redemption
from domain.tables.shop import Order
from domain.workspace.api_keys.authorize import Caller
from webapp.api import listing, named
from webapp.api.door.errors import not_found, wrong
from webapp.api.fields import ApiAnswer, ApiInput, Between, Filters, Limit, Page, Word
from webapp.api.filters import NOBODY, Filter, by_id, by_moment, moment, where
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.redemptions.tell import Told
from webapp.api.shapes.redemption import RedemptionShape
from webapp.api.shapes.voucher import redemptions_url
from webapp.database import db

RESULTS: dict[str, ColumnElement[bool]] = {
    "Success": Redemption.result == "succeeded",
    "Failure-NotExist": Redemption.failure == "not_found",
    "Failure-Inactive": Redemption.failure.in_(("voucher_disabled", "voucher_not_active", "voucher_expired", "promotion_inactive")),
}
FILTERS = {
    "campaign_name": Filter(select(Campaign.name).where(Campaign.id == Redemption.campaign_id).correlate(Redemption).scalar_subquery()),
    "campaign_id": by_id(Redemption.campaign_id, Prefix.CAMPAIGN),
    "customer_id": by_id(Redemption.customer_id, Prefix.CUSTOMER),
    "order_id": by_id(Redemption.order_id, Prefix.ORDER),
    "related_object_id": Filter(Redemption.voucher_id, lambda text: inside(Prefix.VOUCHER, text) or inside(Prefix.TIER, text) or NOBODY),
    "related_object_type": Filter(Redemption.noun),
    "failure_code": Filter(Redemption.failure),
    "parent_redemption_id": by_id(Redemption.parent_id, Prefix.REDEMPTION),
    "created_at": by_moment(Redemption.at),
    "result": Filter(Redemption.result, lambda text: {"SUCCESS": "succeeded", "FAILURE": "failed"}.get(text.upper(), text)),
}


class RedemptionsAsked(ApiInput):
    """Which redemptions, and which page of them."""

    limit: Limit = 10
    page: Page = 1
    result: Word = None
    campaign: Word = None
    customer: Word = None
    order: Word = None
    created_at: Between | None = None
    filters: Filters = None


class RedemptionList(ApiAnswer):
    """A page of redemptions; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["redemptions"]
    redemptions: list[RedemptionShape]
    total: int


class CodeRedemptions(ApiAnswer):
    """How often a code can be redeemed, was, and each time."""

    quantity: int | None
    redeemed_quantity: int
    object: Literal["list"]
    url: str
    data_ref: Literal["redemption_entries"]
    redemption_entries: list[RedemptionShape]
    total: int


def found(session: Session, caller: Caller, text: str) -> Redemption:
    """The redemption with this id, among those that the key sees. Raises Refusal."""
    id = inside(Prefix.REDEMPTION, text) or (inside(Prefix.REDEMPTION, text[:1] + text[2:]) if text.startswith("rf_") else None)
    one = session.get(Redemption, id) if id else None
    if one is None or (one.campaign_id is not None and not caller.sees(one.campaign_id)):
        raise not_found("redemption", text)
    return one


def seen(caller: Caller) -> ColumnElement[bool]:
    """Those that the key sees; a parent, where it sees all that belongs to it."""
    if not caller.campaigns:
        return true()
    child = aliased(Redemption)
    other = select(child.id).where(child.parent_id == Redemption.id, child.campaign_id.not_in(caller.campaigns)).exists()
    return or_(Redemption.campaign_id.in_(caller.campaigns), and_(Redemption.campaign_id.is_(None), ~other))


@operation("GET", "/v1/redemptions", verb="shop", query=RedemptionsAsked, body=Nothing, answers=RedemptionList)
def list_redemptions(call: ApiCall[RedemptionsAsked, Nothing]) -> RedemptionList:
    """Redemptions, those that succeeded and those that failed, the latest first."""
    session, asked = db.session(), call.query
    query: Rows = select(Redemption).where(seen(call.caller), where(asked.filters, FILTERS), *_asked(session, asked))
    total = listing.total(session, query, Redemption.id)
    ordered = query.order_by(Redemption.at.desc(), Redemption.id.desc()).limit(asked.limit).offset((asked.page - 1) * asked.limit)
    rows = list(session.scalars(ordered))
    told = Told(session, call.caller, rows)
    return RedemptionList(object="list", data_ref="redemptions", redemptions=list(map(told.redemption, rows)), total=total)


def _asked(session: Session, asked: RedemptionsAsked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.result:
        if asked.result not in RESULTS:
            raise wrong("invalid_query_params", f"result may be {', '.join(RESULTS)}.")
        found.append(RESULTS[asked.result])
    if asked.campaign:
        id = inside(Prefix.CAMPAIGN, asked.campaign)
        of = Campaign.id == id if id else Campaign.name_key == folded(asked.campaign)
        found.append(Redemption.campaign_id.in_(select(Campaign.id).where(of)))
    if asked.customer:
        who = named.customer(session, asked.customer)
        found.append(Redemption.customer_id == (who.id if who else NOBODY))
    if asked.order:
        found.append(Redemption.order_id == _order(session, asked.order))
    for name, text in (("after", asked.created_at.after), ("before", asked.created_at.before)) if asked.created_at else ():
        if text:
            found.append(_when(name, text))
    return found


def _order(session: Session, text: str) -> uuid.UUID:
    id = inside(Prefix.ORDER, text)
    return id or session.scalar(select(Order.id).where(Order.source_id == text)) or NOBODY


def _when(name: str, text: str) -> ColumnElement[bool]:
    try:
        at = moment(text)
    except ValueError as why:
        raise wrong("invalid_query_params", f"created_at[{name}] {why}.") from why
    return Redemption.at > at if name == "after" else Redemption.at < at


@operation("GET", "/v1/redemptions/{redemptionId}", verb="shop", query=Nothing, body=Nothing, answers=RedemptionShape)
def get_redemption(call: ApiCall[Nothing, Nothing]) -> RedemptionShape:
    """One redemption, or one try that failed."""
    session = db.session()
    one = found(session, call.caller, call.path["redemptionId"])
    return Told(session, call.caller, [one]).redemption(one)


@operation("GET", "/v1/vouchers/{code}/redemption", verb="shop", query=Nothing, body=Nothing, answers=CodeRedemptions)
def get_voucher_redemptions(call: ApiCall[Nothing, Nothing]) -> CodeRedemptions:
    """How often a code was redeemed, and its last hundred redemptions."""
    session = db.session()
    campaign, voucher = named.voucher(session, call.path["code"], call.caller)
    query: Rows = select(Redemption).where(Redemption.voucher_id == voucher.id, Redemption.result == "succeeded")
    rows = list(session.scalars(query.order_by(Redemption.at.desc(), Redemption.id.desc()).limit(100)))
    return CodeRedemptions(
        quantity=campaign.redemption_limit,
        redeemed_quantity=voucher.redeemed,
        object="list",
        url=redemptions_url(voucher.code),
        data_ref="redemption_entries",
        redemption_entries=list(map(Told(session, call.caller, rows).redemption, rows)),
        total=listing.total(session, query, Redemption.id),
    )
