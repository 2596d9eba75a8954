"""Which customers are there? GET /v1/customers, and the segments of one."""

import datetime
from typing import Any, Literal

from sqlalchemy import select

from domain.customers.profiles.find import CustomerFilter, matching
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.text.folding import fold
from domain.tables.customers import Customer, Member, Segment
from webapp.api import listing
from webapp.api.customers.given import found
from webapp.api.door.errors import wrong
from webapp.api.fields import ApiAnswer, ApiInput, Between, Limit, Page, Word
from webapp.api.filters import NOBODY, moment
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes.whole_customer import WholeCustomer, customers
from webapp.database import db

ORDERS: dict[str, Any] = {"created_at": Customer.created_at, "updated_at": Customer.updated_at, "id": Customer.id}


class CustomersAsked(ApiInput):
    """Which customers, and in which order; `starting_after` is a time from which on they were added."""

    limit: Limit = 10
    page: Page = 1
    email: Word = None
    city: Word = None
    name: Word = None
    segment_id: Word = None
    created_at: Between | None = None
    updated_at: Between | None = None
    order: Word = None
    starting_after: Word = None


class CustomerList(ApiAnswer):
    """A page of customers; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["customers"]
    customers: list[WholeCustomer]
    total: int
    has_more: bool


class SegmentName(ApiAnswer):
    """A segment in short."""

    id: str
    name: str
    object: Literal["segment"]


class SegmentNames(ApiAnswer):
    """The segments of a customer."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[SegmentName]
    total: int


@operation("GET", "/v1/customers", verb="customers", query=CustomersAsked, body=Nothing, answers=CustomerList)
def list_customers(call: ApiCall[CustomersAsked, Nothing]) -> CustomerList:
    """Customers, newest first. `name` and `city` are compared without case, `email` whole."""
    session, asked = db.session(), call.query
    query = _asked_for(asked)
    total = listing.total(session, query, Customer.id)
    ordered = query.order_by(*listing.order(asked.order or "-created_at", ORDERS, Customer.id))
    rows = list(session.scalars(ordered.limit(asked.limit + 1).offset((asked.page - 1) * asked.limit)))
    part = customers(session, rows[: asked.limit])
    return CustomerList(object="list", data_ref="customers", customers=part, total=total, has_more=len(rows) > asked.limit)


def _asked_for(asked: CustomersAsked) -> Rows:
    segment = (inside(Prefix.SEGMENT, asked.segment_id) or NOBODY) if asked.segment_id else None
    query: Rows = matching(CustomerFilter(city=asked.city or "", segment_id=segment))
    if asked.email:
        query = query.where(Customer.email_key == fold(asked.email))
    if asked.name:
        query = query.where(Customer.name_key.contains(fold(asked.name), autoescape=True))
    for name, column in (("created_at", Customer.created_at), ("updated_at", Customer.updated_at)):
        between: Between = getattr(asked, name) or Between()
        if between.before:
            query = query.where(column < _time(f"{name}.before", between.before))
        if between.after:
            query = query.where(column > _time(f"{name}.after", between.after))
    if asked.starting_after:
        behind = _time("starting_after", asked.starting_after)
        down = (asked.order or "-created_at").startswith("-")
        query = query.where(Customer.created_at < behind if down else Customer.created_at > behind)
    return query


def _time(name: str, text: str) -> datetime.datetime:
    try:
        return moment(text)
    except ValueError as why:
        raise wrong("invalid_query_params", f"{name} {why}.") from why


@operation("GET", "/v1/customers/{customerId}/segments", verb="customers", query=Nothing, body=Nothing, answers=SegmentNames)
def list_customer_segments(call: ApiCall[Nothing, Nothing]) -> SegmentNames:
    """The segments that a customer is in now, by name."""
    session = db.session()
    one = found(session, call.path["customerId"])
    query = select(Segment).join(Member, Member.segment_id == Segment.id).where(Member.customer_id == one.id).order_by(Segment.name_key)
    data = [SegmentName(id=outside(Prefix.SEGMENT, s.id), name=s.name, object="segment") for s in session.scalars(query)]
    return SegmentNames(object="list", data_ref="data", data=data, total=len(data))
