"""How do things look on the wire? As in Voucherify's API, so that its official clients read them."""

import datetime
from typing import Any

from domain.customers.profiles import as_json
from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.kernel import secrets
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Publication, Voucher
from domain.tables.workspace import Project
from webapp.database import db


def public_url() -> str:
    """Where pictures of codes are found."""
    project = db.session.get(Project, 1)
    return project.public_url if project else ""


def moment(at: datetime.datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, or None."""
    return None if at is None else at.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def worth(campaign: Campaign, one: Voucher | None = None) -> dict[str, Any]:
    """The three keys that say what a code is worth; those that are not of its campaign's kind are null."""
    return {"discount": None, "gift": None, "loyalty_card": None} | campaign_kind(campaign.kind).api_shape(campaign, one)


def customer(one: Customer) -> dict[str, Any]:
    """The short form that stands inside other things."""
    return as_json.short(one)


def voucher(one: Voucher, campaign: Campaign, public_url: str) -> dict[str, Any]:
    """A code with everything a template may want to print."""
    word = secrets.token("qr", one.id.hex)
    return {
        "id": outside(Prefix.VOUCHER, one.id),
        "code": one.code,
        "campaign": campaign.name,
        "campaign_id": outside(Prefix.CAMPAIGN, campaign.id),
        "category": None,
        "category_id": None,
        "categories": [],
        "type": campaign_kind(campaign.kind).voucher_type,
        **worth(campaign, one),
        "start_date": moment(campaign.starts_at),
        "expiration_date": moment(one.expires_at or campaign.ends_at),
        "validity_timeframe": None,
        "validity_day_of_week": None,
        "active": campaign.active and one.state != "void",
        "additional_info": None,
        "metadata": campaign.details,
        "assets": {
            "qr": {"id": word, "url": f"{public_url}/q/{word}.png"},
            "barcode": {"id": word, "url": f"{public_url}/b/{word}.png"},
        },
        "is_referral_code": False,
        "created_at": moment(one.created_at),
        "updated_at": moment(one.assigned_at),
        "holder_id": outside(Prefix.CUSTOMER, one.customer_id) if one.customer_id else None,
        "redemption": {
            "quantity": campaign.redemption_limit,
            "redeemed_quantity": one.redeemed,
            "object": "list",
            "url": f"/v1/vouchers/{one.code}/redemptions?page=1&limit=10",
        },
        "publish": {
            "object": "list",
            "count": 1 if one.state == "assigned" else 0,
            "url": f"/v1/vouchers/{one.code}/publications?page=1&limit=10",
        },
        "object": "voucher",
    }


def publication(one: Publication, who: Customer, what: dict[str, Any]) -> dict[str, Any]:
    """That a code was given; `what` is the voucher, whole or in short."""
    return {
        "id": outside(Prefix.PUBLICATION, one.id),
        "object": "publication",
        "created_at": moment(one.created_at),
        "customer_id": outside(Prefix.CUSTOMER, who.id),
        "tracking_id": who.source_id,
        "metadata": one.details,
        "channel": one.channel,
        "source_id": one.source_id,
        "result": "SUCCESS",
        "customer": customer(who),
        "voucher": what,
        "vouchers_id": [outside(Prefix.VOUCHER, one.voucher_id)],
    }
