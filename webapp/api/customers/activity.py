"""What happened to a customer? GET /v1/customers/{customerId}/activity."""

import datetime
import uuid
from typing import Any, Literal

from sqlalchemy import or_, select

from domain.journal.events import EventKind
from domain.kernel.base import Prefix, inside
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign
from domain.tables.journal import Event
from webapp.api import listing
from webapp.api.customers.given import found
from webapp.api.door.errors import wrong
from webapp.api.fields import ApiAnswer, ApiInput, Limit, Word
from webapp.api.filters import NOBODY, by_campaign_type, moment
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes.customer import CustomerShape, customer
from webapp.api.shapes.voucher import moment as written
from webapp.database import db

PREFIX = "ev"
OF_CAMPAIGNS = (EventKind.PUBLISHED, EventKind.REDEEMED)
"""Kinds whose subject is a campaign."""


class ActivityAsked(ApiInput):
    """Which events, in which order, from which on. `category` has one value, which all of them are of."""

    limit: Limit = 10
    order: Word = None
    starting_after_id: Word = None
    start_date: Word = None
    end_date: Word = None
    campaign_id: Word = None
    campaign_type: Word = None
    category: Word = None
    type: Word = None


class ActivityData(ApiAnswer):
    """Whom it happened to, what it is about, and what was told of it."""

    customer: CustomerShape
    related_object_id: str | None
    facts: dict[str, Any]


class Activity(ApiAnswer):
    """Something that happened."""

    id: str
    type: str
    data: ActivityData
    created_at: str | None
    group_id: str | None


class ActivityList(ApiAnswer):
    """A page of what happened."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[Activity]
    has_more: bool
    more_starting_after: str | None = None


@operation("GET", "/v1/customers/{customerId}/activity", verb="customers", query=ActivityAsked, body=Nothing, answers=ActivityList)
def list_customer_activity(call: ApiCall[ActivityAsked, Nothing]) -> ActivityList:
    """What happened to a customer, newest first. Of codes, a key sees those of its campaigns."""
    session, asked = db.session(), call.query
    one = found(session, call.path["customerId"])
    query = _asked_for(one, asked)
    if call.caller.campaigns:
        query = query.where(or_(Event.kind.not_in(OF_CAMPAIGNS), Event.subject_id.in_(call.caller.campaigns)))
    ordered = query.order_by(*listing.order(asked.order or "-created_at", {"created_at": Event.id, "id": Event.id}, Event.id))
    rows = list(session.scalars(ordered.limit(asked.limit + 1)))
    who = customer(one)
    data = [_shape(event, who) for event in rows[: asked.limit]]
    more: dict[str, Any] = {"more_starting_after": data[-1].id} if len(rows) > asked.limit else {}
    return ActivityList(object="list", data_ref="data", data=data, has_more=bool(more), **more)


def _asked_for(one: Customer, asked: ActivityAsked) -> Rows:
    query: Rows = select(Event).where(Event.customer_id == one.id)
    if asked.starting_after_id:
        last = _id(asked.starting_after_id)
        if last is None:
            raise listing.no_such_start(asked.starting_after_id, PREFIX)
        query = query.where(Event.id < last if (asked.order or "-").startswith("-") else Event.id > last)
    if asked.start_date:
        query = query.where(Event.at >= _time("start_date", asked.start_date))
    if asked.end_date:
        query = query.where(Event.at <= _time("end_date", asked.end_date))
    if asked.type:
        query = query.where(Event.kind == asked.type)
    if asked.campaign_id:
        query = query.where(Event.kind.in_(OF_CAMPAIGNS), Event.subject_id == (inside(Prefix.CAMPAIGN, asked.campaign_id) or NOBODY))
    if asked.campaign_type:
        by = by_campaign_type()
        of_type = select(Campaign.id).where(by.column == by.read(asked.campaign_type))
        query = query.where(Event.kind.in_(OF_CAMPAIGNS), Event.subject_id.in_(of_type))
    return query


def _shape(event: Event, who: CustomerShape) -> Activity:
    subject = event.subject_id.hex if event.subject_id else None
    if subject and event.kind in OF_CAMPAIGNS:
        subject = f"{Prefix.CAMPAIGN}_{subject}"
    return Activity(
        id=f"{PREFIX}_{event.id.hex}",
        type=event.kind,
        data=ActivityData(customer=who, related_object_id=subject, facts=event.facts),
        created_at=written(event.at),
        group_id=None,
    )


def _id(text: str) -> uuid.UUID | None:
    head, _, tail = text.rpartition("_")
    try:
        return uuid.UUID(hex=tail) if head == PREFIX and len(tail) == 32 else None
    except ValueError:
        return None


def _time(name: str, text: str) -> datetime.datetime:
    try:
        return moment(text)
    except ValueError as why:
        raise wrong("invalid_query_params", f"{name} {why}.") from why
