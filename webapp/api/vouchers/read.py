"""Read codes: GET /v1/vouchers, and GET /v1/vouchers/{code}."""

from typing import Any, Literal

from sqlalchemy import ColumnElement, select, true

from domain.kernel.base import Prefix, folded, inside
from domain.kernel.text.folding import fold
from domain.tables.incentives import Campaign, Voucher
from webapp.api import listing, named
from webapp.api.door.errors import wrong
from webapp.api.fields import ApiAnswer, ApiInput, Between, Filters, Limit, Page, Word
from webapp.api.filters import NOBODY, Filter, by_campaign_type, by_id, by_moment, by_voucher_type, moment, where
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes import voucher as shapes
from webapp.api.shapes.voucher import VoucherShape
from webapp.database import db

ORDERS: dict[str, Any] = {"created_at": Voucher.created_at, "updated_at": Voucher.assigned_at, "code": Voucher.code_key, "id": Voucher.id}


def filters() -> dict[str, Filter]:
    """What codes can be filtered by; kinds of campaigns are found by looking."""
    return {
        "code": Filter(Voucher.code_key, fold, Voucher.code),
        "campaign": Filter(Campaign.name),
        "campaign_name": Filter(Campaign.name),
        "campaign_id": by_id(Voucher.campaign_id, Prefix.CAMPAIGN),
        "campaign_type": by_campaign_type(),
        "voucher_type": by_voucher_type(),
        "holder_id": by_id(Voucher.customer_id, Prefix.CUSTOMER),
        "created_at": by_moment(Voucher.created_at),
        "redeemed_quantity": Filter(Voucher.redeemed, _whole),
    }


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as broken:
        raise ValueError("is a whole number") from broken


class VouchersAsked(ApiInput):
    """Which codes, and which page of them."""

    limit: Limit = 10
    page: Page = 1
    campaign_id: Word = None
    campaign: Word = None
    customer: Word = None
    code: Word = None
    created_at: Between | None = None
    order: Word = None
    filters: Filters = None


class VoucherList(ApiAnswer):
    """A page of codes; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["vouchers"]
    vouchers: list[VoucherShape]
    total: int


@operation("GET", "/v1/vouchers", verb="read", query=VouchersAsked, body=Nothing, answers=VoucherList, pull=True)
def list_vouchers(call: ApiCall[VouchersAsked, Nothing]) -> VoucherList:
    """Codes, the latest first: all, those of a campaign, or those that a customer holds. Free ones are shown to keys that may manage."""
    session, asked = db.session(), call.query
    sees = Voucher.campaign_id.in_(call.caller.campaigns) if call.caller.campaigns else true()
    hidden = {"reserved"} if "manage" in call.caller.verbs else {"reserved", "free"}
    query: Rows = select(Voucher, Campaign).join(Campaign, Campaign.id == Voucher.campaign_id)
    query = query.where(sees, Voucher.state.not_in(hidden), where(asked.filters, filters()), *_asked(asked))
    if asked.customer:
        who = named.customer(session, asked.customer)
        query = query.where(Voucher.customer_id == (who.id if who else NOBODY))
    total = listing.total(session, query, Voucher.id)
    ordered = query.order_by(*listing.order(asked.order or "-created_at", ORDERS, Voucher.id))
    rows = session.execute(ordered.limit(asked.limit).offset((asked.page - 1) * asked.limit)).all()
    shown = [shapes.voucher(one, campaign, call.caller.public_url) for one, campaign in rows]
    return VoucherList(object="list", data_ref="vouchers", vouchers=shown, total=total)


def _asked(asked: VouchersAsked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.campaign_id:
        found.append(Voucher.campaign_id == (inside(Prefix.CAMPAIGN, asked.campaign_id) or NOBODY))
    if asked.campaign:
        found.append(Campaign.name_key == folded(asked.campaign))
    if asked.code:
        found.append(Voucher.code_key == fold(asked.code))
    for name, text in (("after", asked.created_at.after), ("before", asked.created_at.before)) if asked.created_at else ():
        if text:
            found.append(_when(name, text))
    return found


def _when(name: str, text: str) -> ColumnElement[bool]:
    try:
        at = moment(text)
    except ValueError as why:
        raise wrong("invalid_query_params", f"created_at[{name}] {why}.") from why
    return Voucher.created_at > at if name == "after" else Voucher.created_at < at


@operation("GET", "/v1/vouchers/{code}", verb="read", query=Nothing, body=Nothing, answers=VoucherShape, pull=True)
def get_voucher(call: ApiCall[Nothing, Nothing]) -> VoucherShape:
    """One code, whatever its case."""
    campaign, one = named.voucher(db.session(), call.path["code"], call.caller)
    return shapes.voucher(one, campaign, call.caller.public_url)
