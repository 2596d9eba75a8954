"""Campaigns: POST and GET /v1/campaigns, one of them, its switch, and more codes for it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.campaigns import create, delete, edit, switch
from domain.incentives.campaigns.kinds.catalogue import campaign_kinds
from domain.incentives.codes.generate import ask
from domain.incentives.codes.pool import pool, pools
from domain.kernel import clock
from domain.kernel.base import Prefix, new_id, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign
from domain.tables.journal import Job
from webapp.api import listing, named
from webapp.api.actors import actor
from webapp.api.campaigns import given
from webapp.api.campaigns.models import CampaignGiven, CampaignList, CampaignShape, shape
from webapp.api.customers.bulk import Started
from webapp.api.door.errors import Refusal
from webapp.api.fields import ApiAnswer, ApiInput, Count, Filters, Limit, Page, Word
from webapp.api.filters import Filter, by_id, by_moment, where
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.products.models import Forced
from webapp.database import db

ORDERS: dict[str, Any] = {
    "created_at": Campaign.created_at,
    "updated_at": Campaign.updated_at,
    "name": Campaign.name_key,
    "id": Campaign.id,
}


class CampaignsAsked(ApiInput):
    """Which page of the campaigns, of which type, in which order."""

    limit: Limit = 10
    page: Page = 1
    campaign_type: Word = None
    order: Word = None
    filters: Filters = None


class More(ApiInput):
    """How many codes are made."""

    vouchers_count: Count = None


class Empty(ApiAnswer):
    """It is done."""


@operation("POST", "/v1/campaigns", verb="campaigns", query=Nothing, body=CampaignGiven, answers=CampaignShape)
def create_campaign(call: ApiCall[Nothing, CampaignGiven]) -> CampaignShape:
    """A new campaign of unique codes or of promotions; its codes are made in the background."""
    session = db.session()
    if call.caller.campaigns:
        raise Refusal(403, "forbidden", "Forbidden", "This key is bound to campaigns, so it can make no other.")
    try:
        made = create.create(session, actor(call.caller), given.new(session, call.body))
    except Refused as why:
        raise given.refusal(why) from why
    session.commit()
    return shape(made, pool(session, made.id))


@operation("GET", "/v1/campaigns", verb="campaigns", query=CampaignsAsked, body=Nothing, answers=CampaignList)
def list_campaigns(call: ApiCall[CampaignsAsked, Nothing]) -> CampaignList:
    """Campaigns, newest first; a key of campaigns sees those."""
    session, asked = db.session(), call.query
    known = {
        "id": by_id(Campaign.id, Prefix.CAMPAIGN), "name": Filter(Campaign.name), "campaign_name": Filter(Campaign.name),
        "created_at": by_moment(Campaign.created_at),
    }  # fmt: skip
    query: Rows = select(Campaign).where(where(asked.filters, known))
    if call.caller.campaigns:
        query = query.where(Campaign.id.in_(call.caller.campaigns))
    if asked.campaign_type:
        kinds = [kind.key for kind in campaign_kinds() if kind.campaign_type == asked.campaign_type.upper()]
        query = query.where(Campaign.kind.in_(kinds))
    total = listing.total(session, query, Campaign.id)
    ordered = query.order_by(*listing.order(asked.order or "-created_at", ORDERS, Campaign.id))
    rows = list(session.scalars(ordered.limit(asked.limit).offset((asked.page - 1) * asked.limit)))
    codes = pools(session, [one.id for one in rows])
    return CampaignList(object="list", data_ref="campaigns", campaigns=[shape(one, codes[one.id]) for one in rows], total=total)


@operation("GET", "/v1/campaigns/{campaignId}", verb="campaigns", query=Nothing, body=Nothing, answers=CampaignShape)
def get_campaign(call: ApiCall[Nothing, Nothing]) -> CampaignShape:
    """One campaign, by its id or its name."""
    session, one = _found(call)
    return shape(one, pool(session, one.id))


@operation("PUT", "/v1/campaigns/{campaignId}", verb="campaigns", query=Nothing, body=CampaignGiven, answers=CampaignShape)
def update_campaign(call: ApiCall[Nothing, CampaignGiven]) -> CampaignShape:
    """Change a campaign: what is left out stays, metadata is changed by its names. What holders were promised stays as it is."""
    session, one = _found(call)
    try:
        edit.edit(session, actor(call.caller), one, one.row_version, given.changed(session, given.of(session, one), call.body))
    except Refused as why:
        raise given.refusal(why) from why
    session.commit()
    return shape(one, pool(session, one.id))


@operation("DELETE", "/v1/campaigns/{campaignId}", verb="campaigns", query=Forced, body=Nothing, answers=Started, accepted=True)
def delete_campaign(call: ApiCall[Forced, Nothing]) -> Started:
    """Delete a campaign with its codes, unless some were given or something uses it. It is done before the answer comes."""
    session, one = _found(call)
    codes, now = pool(session, one.id).total, clock.now(session)
    job = Job(
        id=new_id(), kind="delete_campaign", title=f"{one.name} deleted by the API", subject_id=one.id, state="done", done=codes,
        total=codes, asked_by=call.caller.name, created_at=now, ended_at=now,
    )  # fmt: skip
    try:
        delete.delete(session, actor(call.caller), one)
    except Refused as why:
        raise given.refusal(why) from why
    session.add(job)
    session.commit()
    return Started(async_action_id=outside(Prefix.ASYNC_ACTION, job.id))


@operation("POST", "/v1/campaigns/{campaignId}/enable", verb="campaigns", query=Nothing, body=Nothing, answers=Empty)
def enable_campaign(call: ApiCall[Nothing, Nothing]) -> Empty:
    """Switch a campaign on."""
    return _switched(call, on=True)


@operation("POST", "/v1/campaigns/{campaignId}/disable", verb="campaigns", query=Nothing, body=Nothing, answers=Empty)
def disable_campaign(call: ApiCall[Nothing, Nothing]) -> Empty:
    """Switch a campaign off: its codes are worth nothing and none is given, until it is on again."""
    return _switched(call, on=False)


@operation("POST", "/v1/campaigns/{campaignId}/vouchers", verb="campaigns", query=More, body=Nothing, answers=Started, accepted=True)
def add_vouchers_to_campaign(call: ApiCall[More, Nothing]) -> Started:
    """Make more codes of the campaign's own look, in the background; one unless `vouchers_count` says how many."""
    session, one = _found(call)
    count = call.query.vouchers_count
    try:
        job = ask(session, actor(call.caller), one, 1 if count is None else count)
    except Refused as why:
        raise given.refusal(why) from why
    session.commit()
    return Started(async_action_id=outside(Prefix.ASYNC_ACTION, job.id))


def _found(call: ApiCall[Any, Any]) -> tuple[Session, Campaign]:
    session = db.session()
    return session, named.campaign(session, call.path["campaignId"], call.caller)


def _switched(call: ApiCall[Nothing, Nothing], *, on: bool) -> Empty:
    session, one = _found(call)
    switch.switch(session, actor(call.caller), one, on)
    session.commit()
    return Empty()
