"""What can this customer redeem now? The very predicate that redemption asks, so that what a CRM shows can be redeemed."""

import uuid
from typing import Any

from flask import Response, request
from sqlalchemy import Select, func, select, tuple_

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.ledger.redeemable import Standing, standing
from domain.kernel import clock
from domain.kernel.base import Prefix, inside, outside
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Voucher
from webapp.access import public
from webapp.api import blueprint, keys, named, shapes
from webapp.api.body import asked
from webapp.api.errors import not_found, wrong
from webapp.api.filters import where
from webapp.api.listing import envelope, number
from webapp.database import db

STATUSES = {
    Standing.USABLE: "ACTIVE",
    Standing.USED: "USED",
    Standing.EXPIRED: "EXPIRED",
    Standing.NOT_YET: "NOT_ACTIVE_YET",
    Standing.OFF: "DISABLED",
    Standing.WITHDRAWN: "DISABLED",
    Standing.OUTSIDE: "DISABLED",
    Standing.UNGIVEN: "DISABLED",
}
"""Our word -> Voucherify's."""
COLUMNS: dict[str, Any] = {
    "campaign_id": Voucher.campaign_id,
    "campaign_name": Campaign.name,
    "code": Voucher.code,
    "resource_id": Voucher.id,
}
READ = {
    "campaign_id": lambda text: inside(Prefix.CAMPAIGN, text) or uuid.UUID(int=0),
    "resource_id": lambda text: inside(Prefix.VOUCHER, text) or uuid.UUID(int=0),
}
HELD_BY = (Voucher.assigned_at, Voucher.id)


@blueprint.get("/customers/<customer>/redeemables")
@public
def redeemables(customer: str) -> Response:
    """The codes this customer can redeem now, newest first; `status=ALL` lists the others too, each with its status."""
    keys.may("read")
    who = named.customer(customer)
    if who is None:
        raise not_found("customer", customer)
    wanted = _wanted(who)
    total = db.session.scalar(select(func.count()).select_from(wanted.with_only_columns(Voucher.id).subquery())) or 0
    limit = number("limit", 10, 100)
    rows = list(db.session.execute(_after(wanted).limit(limit + 1)))
    project_url = shapes.public_url()
    data = [_held(voucher, campaign, Standing(stands), project_url) for voucher, campaign, stands in rows[:limit]]
    more = {"more_starting_after": data[-1]["id"]} if len(rows) > limit else {}
    return envelope("data", data, total, has_more=len(rows) > limit, **more)


def _wanted(who: Customer) -> Select[*tuple[Any, ...]]:
    stands = standing(clock.now(db.session()))
    query = select(Voucher, Campaign, stands.label("standing")).join(Campaign, Campaign.id == Voucher.campaign_id)
    query = query.where(Voucher.customer_id == who.id, Voucher.state == "assigned", where(asked().get("filters"), COLUMNS, READ))
    match request.args.get("status", "ACTIVE").upper():
        case "ALL":
            return query
        case "ACTIVE":
            return query.where(stands == Standing.USABLE.value)
        case _:
            raise wrong("invalid_query_params", "status may be ACTIVE or ALL.")


def _after(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """In order, from behind `starting_after_id` on."""
    order = request.args.get("order", "-created_at")
    if order.removeprefix("-") not in {"created_at", "id"}:
        raise wrong("invalid_query_params", "order may be created_at or id, with a - before it for the other way round.")
    down = order.startswith("-")
    query = query.order_by(*(column.desc() if down else column.asc() for column in HELD_BY))
    last = request.args.get("starting_after_id")
    if not last:
        return query
    before = db.session.get(Voucher, inside(Prefix.HOLDER, last) or uuid.UUID(int=0))
    if before is None:
        raise wrong("invalid_query_params", "starting_after_id is the id of the last one you have; it begins with rh_.")
    at = tuple_(*HELD_BY)
    behind = (before.assigned_at, before.id)
    return query.where(at < behind if down else at > behind)


def _held(voucher: Voucher, campaign: Campaign, stands: Standing, project_url: str) -> dict[str, Any]:
    assert voucher.customer_id is not None
    kind = campaign_kind(campaign.kind)
    return {
        "id": outside(Prefix.HOLDER, voucher.id),
        "created_at": shapes.moment(voucher.assigned_at),
        "redeemable_id": outside(Prefix.VOUCHER, voucher.id),
        "redeemable_object": "voucher",
        "customer_id": outside(Prefix.CUSTOMER, voucher.customer_id),
        "holder_role": "OWNER",
        "campaign_id": outside(Prefix.CAMPAIGN, campaign.id),
        "campaign_type": kind.campaign_type,
        "voucher_type": kind.voucher_type,
        "redeemable": {"type": "voucher", "voucher": shapes.voucher(voucher, campaign, project_url), "status": STATUSES[stands]},
    }
