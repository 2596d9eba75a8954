"""What can this customer redeem now? The very predicate that redemption asks, so that what a CRM shows can be redeemed."""

from typing import Any, Literal

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.ledger.redeemable import Standing, standing
from domain.kernel.base import Prefix, inside, outside
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Voucher
from domain.workspace.api_keys.authorize import Caller
from webapp.api import listing, named
from webapp.api.door.errors import not_found, wrong
from webapp.api.fields import ApiAnswer, ApiInput, Filters, Limit, Word
from webapp.api.filters import NOBODY, Filter, always, by_campaign_type, by_id, by_moment, by_voucher_type, where
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes import voucher as shapes
from webapp.api.shapes.voucher import VoucherShape
from webapp.database import db

Status = Literal["ACTIVE", "USED", "EXPIRED", "NOT_ACTIVE_YET", "DISABLED"]
STATUSES: dict[Standing, Status] = {
    Standing.USABLE: "ACTIVE",
    Standing.USED: "USED",
    Standing.EXPIRED: "EXPIRED",
    Standing.NOT_YET: "NOT_ACTIVE_YET",
    Standing.OFF: "DISABLED",
    Standing.DISABLED: "DISABLED",
    Standing.WITHDRAWN: "DISABLED",
    Standing.OUTSIDE: "DISABLED",
    Standing.UNGIVEN: "DISABLED",
}
"""Our word -> Voucherify's."""


def filters() -> dict[str, Filter]:
    """What it can be filtered by; kinds of campaigns are found by looking."""
    return {
        "id": by_id(Voucher.id, Prefix.HOLDER),
        "created_at": by_moment(Voucher.assigned_at),
        "redeemable_id": by_id(Voucher.id, Prefix.VOUCHER),
        "resource_id": by_id(Voucher.id, Prefix.VOUCHER),
        "redeemable_object": always("voucher"),
        "holder_role": always("OWNER"),
        "campaign_id": by_id(Voucher.campaign_id, Prefix.CAMPAIGN),
        "campaign_name": Filter(Campaign.name),
        "campaign_type": by_campaign_type(),
        "voucher_type": by_voucher_type(),
        "code": Filter(Voucher.code),
    }


HELD_BY = (Voucher.assigned_at, Voucher.id)


class RedeemablesAsked(ApiInput):
    """Which of the customer's codes, in which order, from which on."""

    limit: Limit = 10
    order: Literal["created_at", "-created_at", "id", "-id"] = "-created_at"
    starting_after_id: Word = None
    status: Word = None
    filters: Filters = None


class Redeemable(ApiAnswer):
    """The code, and whether it can be redeemed."""

    type: Literal["voucher"]
    voucher: VoucherShape
    status: Status


class Held(ApiAnswer):
    """A code that the customer holds."""

    id: str
    created_at: str | None
    redeemable_id: str
    redeemable_object: Literal["voucher"]
    customer_id: str
    holder_role: Literal["OWNER"]
    campaign_id: str
    campaign_type: str
    voucher_type: str
    redeemable: Redeemable


class RedeemableList(ApiAnswer):
    """A page of what the customer holds; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[Held]
    total: int
    has_more: bool
    more_starting_after: str | None = None


@operation(
    "GET",
    "/v1/customers/{customerId}/redeemables",
    verb="read",
    query=RedeemablesAsked,
    body=Nothing,
    answers=RedeemableList,
    pull=True,
)
def list_customer_redeemables(call: ApiCall[RedeemablesAsked, Nothing]) -> RedeemableList:
    """The codes this customer can redeem now, newest first; `status=ALL` lists the others too, each with its status."""
    session, asked = db.session(), call.query
    who = named.customer(session, call.path["customerId"])
    if who is None:
        raise not_found("customer", call.path["customerId"])
    held = _held_by(who, call.caller)
    query = _asked_for(held, asked, call.caller)
    rows = session.execute(_behind(session, held, query, asked).limit(asked.limit + 1)).all()
    part, has_more = listing.cut(rows, asked.limit)
    whole = not has_more and not asked.starting_after_id  # nobody counts what lies there
    total = len(part) if whole else listing.total(session, query, Voucher.id)
    data = [_held(row, call.caller) for row in part]
    told: dict[str, Any] = {"more_starting_after": data[-1].id} if has_more else {}
    return RedeemableList(object="list", data_ref="data", data=data, total=total, has_more=has_more, **told)


def _held_by(who: Customer, caller: Caller) -> Rows:
    """Every code of this customer that the key may see, with its standing."""
    query: Rows = select(Voucher, Campaign, standing(caller.now).label("standing")).join(Campaign, Campaign.id == Voucher.campaign_id)
    query = query.where(Voucher.customer_id == who.id, Voucher.state == "assigned")
    return query.where(Voucher.campaign_id.in_(caller.campaigns)) if caller.campaigns else query


def _asked_for(held: Rows, asked: RedeemablesAsked, caller: Caller) -> Rows:
    query = held.where(where(asked.filters, filters()))
    match (asked.status or "ACTIVE").upper():
        case "ALL":
            return query
        case "ACTIVE":
            return query.where(standing(caller.now) == Standing.USABLE.value)
        case _:
            raise wrong("invalid_query_params", "status may be ACTIVE or ALL.")


def _behind(session: Session, held: Rows, query: Rows, asked: RedeemablesAsked) -> Rows:
    """In order, from behind `starting_after_id` on, which may have been used since."""
    down = asked.order.startswith("-")
    ordered = query.order_by(*(column.desc() if down else column.asc() for column in HELD_BY))
    if not asked.starting_after_id:
        return ordered
    id = inside(Prefix.HOLDER, asked.starting_after_id) or NOBODY
    last = session.execute(held.with_only_columns(*HELD_BY).where(Voucher.id == id)).one_or_none()
    if last is None:
        raise listing.no_such_start(asked.starting_after_id, Prefix.HOLDER)
    at = tuple_(*HELD_BY)
    return ordered.where(at < tuple(last) if down else at > tuple(last))


def _held(row: Row[*tuple[Any, ...]], caller: Caller) -> Held:
    voucher, campaign, stands = row
    kind = campaign_kind(campaign.kind)
    return Held(
        id=outside(Prefix.HOLDER, voucher.id),
        created_at=shapes.moment(voucher.assigned_at),
        redeemable_id=outside(Prefix.VOUCHER, voucher.id),
        redeemable_object="voucher",
        customer_id=outside(Prefix.CUSTOMER, voucher.customer_id),
        holder_role="OWNER",
        campaign_id=outside(Prefix.CAMPAIGN, campaign.id),
        campaign_type=kind.campaign_type,
        voucher_type=kind.voucher_type,
        redeemable=Redeemable(
            type="voucher",
            voucher=shapes.voucher(voucher, campaign, caller.public_url),
            status=STATUSES[Standing(stands)],
        ),
    )
