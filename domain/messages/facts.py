"""What does a message know? The values behind its variables, for one person in a preview or for a whole batch in four queries."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from domain import clock, secrets
from domain.base import Prefix, array, made_at, outside
from domain.campaigns import discount
from domain.campaigns.models import Campaign, Voucher
from domain.consents.links import preferences_url, unsubscribe_url
from domain.customers.models import Customer, MetadataField
from domain.distributions.models import Distribution
from domain.distributions.plan import Plan
from domain.messages.compile import Compiled, compile_part
from domain.messages.places import Place
from domain.project.models import Project
from domain.promotions.models import Tier
from domain.segments.models import Segment


@dataclass(frozen=True)
class Shared:
    """What is the same for everybody who gets this message."""

    public_url: str
    currency: str
    values: dict[str, Any]
    """`brand`, `campaign`, `promotion`, `segment`, as far as the message has them."""
    metadata_types: dict[str, str] = field(default_factory=dict)
    shop_link: Compiled | None = None
    campaign: Campaign | None = None
    at: datetime.datetime | None = None


@dataclass(frozen=True)
class Held:
    """The code a message carries."""

    id: uuid.UUID | None
    code: str
    expires: datetime.datetime | None
    published: datetime.datetime | None = None
    """When it was given; None: with this message."""


def shared(session: Session, plan: Plan, distribution_id: uuid.UUID | None = None) -> Shared:
    """Gather what does not differ between recipients."""
    distribution = session.get(Distribution, distribution_id) if distribution_id else None
    project = session.get(Project, 1) or Project(brand="", public_url="", postal_address="", currency="EUR", shop_link="")
    values: dict[str, Any] = {"brand": {"name": project.brand, "address": project.postal_address, "url": project.public_url}}
    values["distribution"] = {"id": outside(Prefix.DISTRIBUTION, distribution.id), "name": distribution.name} if distribution else {}
    campaign_id = plan.campaign_id or plan.trigger_campaign_id
    campaign = session.get(Campaign, campaign_id) if campaign_id else None
    if campaign is not None:
        values["campaign"] = {"name": campaign.name, "description": campaign.description, "metadata": campaign.details}
    tier = session.get(Tier, plan.tier_id) if plan.tier_id else None
    if tier is not None:
        words = discount.in_words(tier.discount, project.currency)
        values["promotion"] = {
            "id": outside(Prefix.TIER, tier.id),
            "name": tier.name,
            "banner": tier.banner,
            "discount": words,
            "expires": tier.ends_at,
        }
    segment = session.get(Segment, plan.segment_id) if plan.segment_id else None
    if segment is not None:
        values["segment"] = {"name": segment.name}
    types = dict(session.execute(select(MetadataField.key, MetadataField.type).where(MetadataField.noun == "customer")).tuples().all())
    return Shared(
        public_url=project.public_url,
        currency=project.currency,
        values=values,
        metadata_types=types,
        shop_link=compile_part(project.shop_link, Place.URL_PART, "shop") if project.shop_link else None,
        campaign=campaign,
        at=clock.now(session),
    )


def of(
    about: Shared,
    customer: Customer,
    held: Held | None,
    permission_id: uuid.UUID | None = None,
    happened: datetime.datetime | None = None,
) -> dict[str, Any]:
    """The values for one customer. `happened`: when they became a recipient; None: now."""
    facts = about.values | {"customer": _customer(customer, about.metadata_types), "locale": customer.locale, "currency": about.currency}
    facts["event"] = {"at": happened or about.at}
    if held is not None and about.campaign is not None:
        word = secrets.token("qr", held.id.hex) if held.id else ""  # a dummy has no pictures
        facts["voucher"] = {
            "code": held.code,
            "discount": discount.in_words(about.campaign.discount, about.campaign.currency),
            "expires": held.expires or _expiry(about.campaign, about.at),
            "value": discount.number(about.campaign.discount, about.campaign.currency),
            "published": held.published or about.at,
            "qr": f"{about.public_url}/q/{word}.png" if word else "",
            "barcode": f"{about.public_url}/b/{word}.png" if word else "",
        }
    links = {
        "unsubscribe": unsubscribe_url(about.public_url, customer.id, permission_id),
        "preferences": preferences_url(about.public_url, customer.id),
    }
    if about.shop_link is not None:
        links["shop"] = about.shop_link.assemble(about.shop_link.values(facts))
    return facts | {"links": links}


_CUSTOMERS = select(Customer).where(Customer.id == func.any(cast(bindparam("ids", type_=Text), ARRAY(Uuid))))
_VOUCHERS = select(Voucher.id, Voucher.code, Voucher.expires_at, Voucher.assigned_at).where(
    Voucher.id == func.any(cast(bindparam("ids", type_=Text), ARRAY(Uuid)))
)


def of_batch(
    session: Session,
    about: Shared,
    wanted: Sequence[tuple[uuid.UUID, uuid.UUID, uuid.UUID | None]],
    permission_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, dict[str, Any]]:
    """The same for many: `wanted` are (recipient, customer, voucher or None); the values by recipient. Two queries in all."""
    ids = array({c for _, c, _ in wanted})
    customers = {c.id: c for c in session.scalars(_CUSTOMERS, {"ids": ids})}
    rows = session.execute(_VOUCHERS, {"ids": array({v for _, _, v in wanted if v is not None})})
    held = {id: Held(id, code, expires, given) for id, code, expires, given in rows}
    return {
        recipient: of(about, customers[customer], held.get(voucher) if voucher else None, permission_id, made_at(recipient))
        for recipient, customer, voucher in wanted
        if customer in customers
    }


def dummy(campaign: Campaign) -> Held:
    """The marked code of previews and tests: it has the look of the campaign's codes and can be redeemed nowhere."""
    return Held(None, (campaign.pattern or "########").replace("#", "X"), None)


def _expiry(campaign: Campaign, at: datetime.datetime | None) -> datetime.datetime | None:
    begins = max(at, campaign.starts_at) if at and campaign.starts_at else at
    own = begins + datetime.timedelta(days=campaign.valid_days) if campaign.valid_days and begins else None
    return min((d for d in (own, campaign.ends_at) if d is not None), default=None)


def _customer(customer: Customer, types: dict[str, str]) -> dict[str, Any]:
    first, _, rest = customer.name.strip().partition(" ")
    return {
        "source_id": customer.source_id or "",
        "name": customer.name,
        "first_name": first,
        "last_name": rest.strip(),
        "email": customer.email,
        "phone": customer.phone,
        "birthdate": customer.birthdate,
        "city": customer.city,
        "country": customer.country,
        "postal_code": customer.postal_code,
        "metadata": {key: _typed(value, types.get(key)) for key, value in customer.details.items()},
    }


def _typed(value: Any, type: str | None) -> Any:
    if type in {"date", "datetime"} and isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
