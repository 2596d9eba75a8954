"""What does a code look like, with everything a template may want to print?"""

import datetime
from typing import Any, Literal

from pydantic import Field

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.kernel import secrets
from domain.kernel.base import Prefix, outside
from domain.kernel.public_paths import BARCODE, QR
from domain.tables.incentives import Campaign, Voucher
from webapp.api.fields import ApiAnswer


class Discount(ApiAnswer):
    """What a code is worth; amounts in minor units."""

    type: Literal["PERCENT", "AMOUNT", "FIXED", "UNIT"]
    effect: str
    percent_off: int | float | None = None
    amount_off: int | None = None
    fixed_amount: int | None = None
    unit_off: int | float | None = None
    unit_type: str | None = None
    amount_limit: int | None = None
    aggregated_amount_limit: int | None = None


class Picture(ApiAnswer):
    """Where a code is found as a picture."""

    id: str
    url: str


class Assets(ApiAnswer):
    """The pictures of a code."""

    qr: Picture
    barcode: Picture


class Redemptions(ApiAnswer):
    """How often a code may be used, and was."""

    quantity: int | None
    redeemed_quantity: int
    object: Literal["list"]
    url: str


class Publications(ApiAnswer):
    """How often a code was given."""

    object: Literal["list"]
    count: int
    url: str


class VoucherShape(ApiAnswer):
    """A code."""

    id: str
    code: str
    campaign: str
    campaign_id: str
    category: None
    category_id: None
    categories: list[str]
    type: str
    discount: Discount | None
    gift: dict[str, Any] | None
    loyalty_card: dict[str, Any] | None
    start_date: str | None
    expiration_date: str | None
    validity_timeframe: None
    validity_day_of_week: None
    active: bool
    additional_info: None
    metadata: dict[str, Any]
    assets: Assets
    is_referral_code: bool
    created_at: str | None
    updated_at: str | None
    holder_id: str | None
    redemption: Redemptions
    publish: Publications
    object: Literal["voucher"]


class CodeShape(ApiAnswer):
    """A code in short, as it stands in lists; alone, `code` may be one that everybody has."""

    code: str
    object: Literal["voucher"]
    campaign: str
    discount: Discount | None
    is_referral_code: bool = Field(default=False)


def moment(at: datetime.datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, or None."""
    return None if at is None else at.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def redemptions_url(code: str) -> str:
    """Where its redemptions are read."""
    return f"/v1/vouchers/{code}/redemptions?page=1&limit=10"


def worth(campaign: Campaign, one: Voucher | None = None) -> dict[str, Any]:
    """The three keys that say what a code is worth; those that are not of its campaign's kind are null."""
    return {"discount": None, "gift": None, "loyalty_card": None} | campaign_kind(campaign.kind).api_shape(campaign, one)


def code(text: str, campaign: Campaign) -> CodeShape:
    """A code in short."""
    return CodeShape(code=text, object="voucher", campaign=campaign.name, discount=worth(campaign)["discount"], is_referral_code=False)


def voucher(one: Voucher, campaign: Campaign, public_url: str) -> VoucherShape:
    """A code; `public_url` is where its pictures are found."""
    word = secrets.token("qr", one.id.hex)
    return VoucherShape(
        id=outside(Prefix.VOUCHER, one.id),
        code=one.code,
        campaign=campaign.name,
        campaign_id=outside(Prefix.CAMPAIGN, campaign.id),
        category=None,
        category_id=None,
        categories=[],
        type=campaign_kind(campaign.kind).voucher_type,
        **worth(campaign, one),
        start_date=moment(campaign.starts_at),
        expiration_date=moment(one.expires_at or campaign.ends_at),
        validity_timeframe=None,
        validity_day_of_week=None,
        active=campaign.active and one.state != "void",
        additional_info=None,
        metadata=campaign.details,
        assets=Assets(
            qr=Picture(id=word, url=QR.address(public_url, token=word, format="png")),
            barcode=Picture(id=word, url=BARCODE.address(public_url, token=word, format="png")),
        ),
        is_referral_code=False,
        created_at=moment(one.created_at),
        updated_at=moment(one.assigned_at),
        holder_id=outside(Prefix.CUSTOMER, one.customer_id) if one.customer_id else None,
        redemption=Redemptions(
            quantity=campaign.redemption_limit,
            redeemed_quantity=one.redeemed,
            object="list",
            url=redemptions_url(one.code),
        ),
        publish=Publications(
            object="list",
            count=1 if one.state == "assigned" else 0,
            url=f"/v1/vouchers/{one.code}/publications?page=1&limit=10",
        ),
        object="voucher",
    )
