"""A code on request: POST /v1/publications, the same by GET for platforms that can only GET, and the list of what was given."""

import uuid
from typing import Any

from flask import Response, g, jsonify, request
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import IntegrityError

from domain.incentives.campaigns.kinds.catalogue import keys_of_voucher_type
from domain.incentives.ledger.publish import NotPublished, Published, publish
from domain.kernel.base import Prefix, inside
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Publication, Voucher
from domain.tables.workspace import ApiKey
from domain.workspace.api_keys import authorize
from webapp.access import public
from webapp.api import blueprint, keys, named, shapes
from webapp.api.body import asked, sent, yes
from webapp.api.errors import Refusal, wrong
from webapp.api.filters import where
from webapp.api.listing import envelope, wanted
from webapp.database import db

REASONS = {
    "dry": "no_voucher_suitable_for_publication",
    "closed": "no_voucher_suitable_for_publication",
    "had_one": "voucher_cannot_be_published",
}


@blueprint.post("/publications")
@public
def create() -> Response:
    """Give a customer a code of a campaign. The same (campaign, customer, source_id) gets the same code, however often it is asked for."""
    values = asked() | sent()
    return _create(values, keys.may("publish"))


@blueprint.get("/publications/create")
@public
def create_by_get() -> Response:
    """The same for platforms that can only GET; with integration keys alone, because caches and crawlers repeat a GET."""
    key = keys.may("publish")
    if not key.platform:
        raise Refusal(403, "integration_api_key_required", "Forbidden", "Publishing by GET needs an integration key.")
    return _create(asked(), key)


def _create(values: dict[str, Any], key: ApiKey) -> Response:
    if values.get("voucher") and not values.get("campaign"):
        raise wrong("missing_vouchers", "Name the campaign: codes are given from its pool.")
    count = values["campaign"].get("count") if isinstance(values.get("campaign"), dict) else None
    if str(count or 1) != "1":
        raise wrong("too_many_vouchers_requested", "One call gives one code; ask again with another source_id for more.")
    campaign = named.campaign(values.get("campaign"), key)
    try:
        who, done = _give(campaign, values, key)
    except NotPublished as why:
        if why.reason == "dry" and key.fallback_code:
            return _fallback(campaign, values, key)
        raise Refusal(400, REASONS[why.reason], str(why), str(why), resource_type="campaign", resource_id=campaign.name) from why
    return jsonify(_told(done.publication_id, who, campaign))


def _give(campaign: Campaign, values: dict[str, Any], key: ApiKey) -> tuple[Customer, Published]:
    """One transaction; asked anew where two calls added the same customer at once."""
    for last in (False, True):
        try:
            who = named.customer_or_new(values.get("customer"), key)
            done = _once(campaign, who, values) if yes(values.get("join_once")) else _publish(campaign, who, values, key)
            if not done.again:
                _count(key)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            if last:
                raise
        except NotPublished:
            db.session.rollback()
            raise
        else:
            return who, done
    raise AssertionError("unreachable")


def _publish(campaign: Campaign, who: Customer, values: dict[str, Any], key: ApiKey | None = None) -> Published:
    source_id = str(values["source_id"]) if values.get("source_id") else None
    metadata = values.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise wrong("metadata_validation_failed", "metadata is an object of names and values.")
    channel = str(values.get("channel") or (key.platform if key else "") or "API")[:100]
    return publish(db.session(), campaign.id, who.id, source_id, channel, metadata)


_HELD = text("""
    SELECT p.id, v.id AS voucher_id, v.code FROM publications p JOIN vouchers v ON v.id = p.voucher_id
    WHERE p.campaign_id = :campaign AND p.customer_id = :customer AND v.state = 'assigned' ORDER BY p.id DESC LIMIT 1
""")


def _once(campaign: Campaign, who: Customer, values: dict[str, Any]) -> Published:
    """`join_once` of the call: the code held is given again, whatever the campaign says. Two calls at once wait for each other."""
    lock = f"{campaign.id}:{who.id}"
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"), {"lock": lock})
    held = db.session.execute(_HELD, {"campaign": campaign.id, "customer": who.id}).one_or_none()
    return Published(held.id, held.voucher_id, held.code, again=True) if held else _publish(campaign, who, values, g.api_key)


def _count(key: ApiKey) -> None:
    if key.codes_per_day is None:
        return
    taken = authorize.take(db.session(), key, "day", key.codes_per_day)
    if not taken.allowed:
        db.session.rollback()
        raise Refusal(429, "too_many_codes", "Too many codes", f"This key may give {key.codes_per_day} codes a day.")


def _told(publication_id: uuid.UUID, who: Customer, campaign: Campaign) -> dict[str, Any]:
    one = db.session.get_one(Publication, publication_id)
    voucher = db.session.get_one(Voucher, one.voucher_id, populate_existing=True)
    body = shapes.publication(one, who, shapes.voucher(voucher, campaign, shapes.public_url()))
    if request.headers.get("X-Voucherify-Channel") == "Python-SDK":
        body["channel"] = "API"  # the official Python client takes no other word in this answer
    return body


def _fallback(campaign: Campaign, values: dict[str, Any], key: ApiKey) -> Response:
    """The pool is dry and the key declares a code that everybody may have: it is shown, and belongs to nobody."""
    who = named.customer(values.get("customer"))
    voucher = {"code": key.fallback_code, "campaign": campaign.name, "object": "voucher", "discount": shapes.worth(campaign)["discount"]}
    body = {"object": "publication", "result": "SUCCESS", "fallback": True, "customer": shapes.customer(who) if who else None}
    return jsonify(body | {"voucher": voucher, "vouchers_id": []})


COLUMNS: dict[str, Any] = {
    "customer_id": Publication.customer_id,
    "tracking_id": Customer.source_id,
    "voucher_code": Voucher.code,
    "campaign_name": Campaign.name,
    "source_id": Publication.source_id,
    "channel": Publication.channel,
}
ORDERS = COLUMNS | {"id": Publication.id, "created_at": Publication.created_at}
READ = {"customer_id": lambda value: inside(Prefix.CUSTOMER, value) or uuid.UUID(int=0)}


@blueprint.get("/publications")
@public
def listing() -> Response:
    """What was given, newest first."""
    keys.may("read")
    part = wanted(ORDERS, Publication.id)
    query = _asked_for(
        select(Publication, Customer, Voucher, Campaign)
        .join(Customer, Customer.id == Publication.customer_id)
        .join(Voucher, Voucher.id == Publication.voucher_id)
        .join(Campaign, Campaign.id == Publication.campaign_id)
    )
    total = db.session.scalar(select(func.count()).select_from(query.with_only_columns(Publication.id).subquery()))
    rows = db.session.execute(query.order_by(*part.order).limit(part.limit).offset(part.offset))
    found = [
        shapes.publication(
            one,
            who,
            {
                "code": voucher.code,
                "object": "voucher",
                "campaign": campaign.name,
                "discount": shapes.worth(campaign)["discount"],
                "is_referral_code": False,
            },
        )
        for one, who, voucher, campaign in rows
    ]
    return envelope("publications", found, total or 0)


def _asked_for(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    args = request.args
    if args.get("campaign"):
        query = query.where(Campaign.name == args["campaign"])
    if args.get("customer"):
        who = named.customer(args["customer"])
        query = query.where(Publication.customer_id == (who.id if who else uuid.UUID(int=0)))
    if args.get("voucher"):
        query = query.where(func.lower(Voucher.code) == args["voucher"].lower())
    if args.get("source_id"):
        query = query.where(Publication.source_id == args["source_id"])
    if args.get("voucher_type"):
        query = query.where(Campaign.kind.in_(keys_of_voucher_type(args["voucher_type"])))
    if args.get("result", "SUCCESS") != "SUCCESS":
        query = query.where(False)  # type: ignore[arg-type]
    if yes(args.get("is_referral_code")):
        query = query.where(False)  # type: ignore[arg-type]
    return query.where(where(asked().get("filters"), COLUMNS, READ))
