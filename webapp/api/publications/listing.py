"""What was given: GET /v1/publications."""

import uuid
from typing import Any, Literal

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import keys_of_voucher_type
from domain.kernel.base import Prefix, inside
from domain.kernel.text.folding import fold
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Publication, Voucher
from domain.workspace.api_keys.authorize import Caller
from webapp.api import listing, named
from webapp.api.fields import ApiAnswer, ApiInput, Filters, Flag, Limit, Page, Word
from webapp.api.filters import NOBODY, Filter, always, by_id, by_voucher_type, never, where
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes import publication, voucher
from webapp.api.shapes.publication import PublicationShape
from webapp.api.shapes.voucher import CodeShape
from webapp.database import db


def filters() -> dict[str, Filter]:
    """What it can be filtered by; kinds of campaigns are found by looking."""
    return {
        "customer_id": by_id(Publication.customer_id, Prefix.CUSTOMER),
        "tracking_id": Filter(Customer.source_id),
        "voucher_code": Filter(Voucher.code),
        "campaign_name": Filter(Campaign.name),
        "source_id": Filter(Publication.source_id),
        "channel": Filter(Publication.channel),
        "voucher_type": by_voucher_type(),
        "result": always("SUCCESS"),
        "is_referral_code": always("false"),
        "failure_code": never(),
        "parent_object_id": by_id(Publication.campaign_id, Prefix.CAMPAIGN),
        "related_object_id": by_id(Publication.voucher_id, Prefix.VOUCHER),
    }


ORDERS: dict[str, Any] = {
    "created_at": Publication.id,  # ids sort by the time they were made
    "id": Publication.id,
    "voucher_code": Voucher.code,
    "tracking_id": Customer.source_id,
    "customer_id": Publication.customer_id,
    "source_id": Publication.source_id,
    "channel": Publication.channel,
}


class PublicationsAsked(ApiInput):
    """Which publications, in which order, from which on."""

    limit: Limit = 10
    page: Page = 1
    order: Word = None
    starting_after_id: Word = None
    campaign: Word = None
    customer: Word = None
    voucher: Word = None
    source_id: Word = None
    result: Word = None
    voucher_type: Word = None
    is_referral_code: Flag = None
    filters: Filters = None


class PublicationList(ApiAnswer):
    """A page of publications; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["publications"]
    publications: list[PublicationShape[CodeShape]]
    total: int
    has_more: bool
    more_starting_after: str | None = None


@operation("GET", "/v1/publications", verb="read", query=PublicationsAsked, body=Nothing, answers=PublicationList)
def list_publications(call: ApiCall[PublicationsAsked, Nothing]) -> PublicationList:
    """What was given, newest first."""
    session, asked = db.session(), call.query
    query = _asked_for(session, asked, call.caller)
    total = listing.total(session, query, Publication.id)
    order = asked.order or "-created_at"
    query = _behind(query, asked).order_by(*listing.order(order, ORDERS, Publication.id))
    rows = session.execute(query.limit(asked.limit + 1).offset((asked.page - 1) * asked.limit)).all()
    part, has_more = listing.cut(rows, asked.limit)
    found = [
        PublicationShape[CodeShape](**publication.facts(one, who, one.channel), voucher=voucher.code(code.code, campaign))
        for one, who, code, campaign in part
    ]
    told: dict[str, Any] = {"more_starting_after": found[-1].id} if has_more and _is_by_time(order) else {}
    return PublicationList(object="list", data_ref="publications", publications=found, total=total, has_more=has_more, **told)


def _asked_for(session: Session, asked: PublicationsAsked, caller: Caller) -> Rows:
    query: Rows = (
        select(Publication, Customer, Voucher, Campaign)
        .join(Customer, Customer.id == Publication.customer_id)
        .join(Voucher, Voucher.id == Publication.voucher_id)
        .join(Campaign, Campaign.id == Publication.campaign_id)
        .where(where(asked.filters, filters()))
    )
    if caller.campaigns:
        query = query.where(Publication.campaign_id.in_(caller.campaigns))
    if asked.campaign:
        id = inside(Prefix.CAMPAIGN, asked.campaign)
        query = query.where(Publication.campaign_id == id if id else Campaign.name == asked.campaign)
    if asked.customer:
        who = named.customer(session, asked.customer)
        query = query.where(Publication.customer_id == (who.id if who else NOBODY))
    if asked.voucher:
        query = query.where(Voucher.code_key == fold(asked.voucher))
    if asked.source_id:
        query = query.where(Publication.source_id == asked.source_id)
    if asked.voucher_type:
        query = query.where(Campaign.kind.in_(keys_of_voucher_type(asked.voucher_type)))
    if (asked.result or "SUCCESS").upper() != "SUCCESS" or asked.is_referral_code:  # what there never is here
        query = query.where(false())
    return query


def _is_by_time(order: str) -> bool:
    """Whether a page can begin behind the last row of the one before."""
    return ORDERS.get(order.removeprefix("-")) is Publication.id


def _behind(query: Rows, asked: PublicationsAsked) -> Rows:
    """From behind `starting_after_id` on: for lists in the order of time, however long they are."""
    if not asked.starting_after_id:
        return query
    order = asked.order or "-created_at"
    last: uuid.UUID | None = inside(Prefix.PUBLICATION, asked.starting_after_id)
    if last is None or not _is_by_time(order):
        raise listing.no_such_start(asked.starting_after_id, Prefix.PUBLICATION)
    return query.where(Publication.id < last if order.startswith("-") else Publication.id > last)
