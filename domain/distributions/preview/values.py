"""What does a message know? The values behind its variables, for one person in a preview or for a whole batch in four queries."""

import datetime
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, Text, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from domain.customers.consents.links import preferences_url, unsubscribe_url
from domain.customers.facts import variables as of_customer
from domain.customers.profiles.fields import FIELDS
from domain.distributions.plan.plan import Plan
from domain.incentives import discount
from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.kernel import clock, secrets
from domain.kernel.base import Prefix, array, made_at, outside
from domain.kernel.public_paths import BARCODE, QR, UNSUBSCRIBE, PublicPath
from domain.messages.compile import Compiled, compile_part
from domain.messages.liquid.escaping import OutputContext
from domain.tables.customers import Customer, MetadataField, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Tier, Voucher
from domain.tables.sending import Recipient
from domain.tables.workspace import Project

NOTHING: Mapping[Any, Any] = {}
NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True)
class SharedValues:
    """What is the same for everybody who gets this message."""

    public_url: str
    currency: str
    values: dict[str, Any]
    """`brand`, `campaign`, `promotion`, `segment`, as far as the message has them."""
    metadata_types: dict[str, str] = field(default_factory=dict)
    shop_link: Compiled | None = None
    campaign: Campaign | None = None
    at: datetime.datetime | None = None
    code_facts: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """What the campaign's kind tells of each of its codes, by the name behind `voucher.`."""
    expires: datetime.datetime | None = None
    """When a code given now ends."""


class LazyValues(Mapping[str, Any]):
    """Values that are worked out when somebody asks: most messages ask for few of them."""

    __slots__ = ("_kept", "_made")

    def __init__(self, made: Mapping[str, Callable[[], Any]]) -> None:
        self._made, self._kept = made, dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._kept:
            self._kept[name] = self._made[name]()
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True, slots=True)
class CarriedCode:
    """The code a message carries."""

    id: uuid.UUID | None
    code: str
    expires: datetime.datetime | None
    published: datetime.datetime | None = None
    """When it was given; None: with this message."""


def shared_values(session: Session, plan: Plan, distribution_id: uuid.UUID | None = None) -> SharedValues:
    """Gather what does not differ between recipients."""
    now = clock.now(session)
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
    return SharedValues(
        public_url=project.public_url,
        currency=project.currency,
        values=values,
        metadata_types=types,
        shop_link=compile_part(project.shop_link, OutputContext.URL_PART, "shop") if project.shop_link else None,
        campaign=campaign,
        at=now,
        code_facts=_code_facts(campaign) if campaign is not None else {},
        expires=_expiry(campaign, now) if campaign is not None else None,
    )


def at(about: SharedValues, now: datetime.datetime) -> SharedValues:
    """The same at another time."""
    return replace(about, at=now, expires=_expiry(about.campaign, now) if about.campaign is not None else None)


def _code_facts(campaign: Campaign) -> Mapping[str, Callable[[], str]]:
    def always(value: str) -> Callable[[], str]:
        return lambda: value

    return {name: always(value) for name, value in campaign_kind(campaign.kind).facts(campaign).items()}


def values_for(
    about: SharedValues,
    customer: Customer | Row[Any],
    held: CarriedCode | None,
    permission_id: uuid.UUID | None = None,
    happened: datetime.datetime | None = None,
) -> dict[str, Any]:
    """The values for one customer. `happened`: when they became a recipient; None: now."""
    facts = about.values | {
        "customer": of_customer.values(customer, about.metadata_types),
        "locale": customer.locale,
        "currency": about.currency,
    }
    facts["event"] = {"at": happened or about.at}
    if held is not None and about.campaign is not None:
        facts["voucher"] = _voucher(about, held)
    links: dict[str, Callable[[], str]] = {
        "unsubscribe": lambda: unsubscribe_url(about.public_url, customer.id, permission_id),
        "preferences": lambda: preferences_url(about.public_url, customer.id),
    }
    if (shop := about.shop_link) is not None:
        links["shop"] = lambda: shop.assemble(shop.values(facts))
    return facts | {"links": LazyValues(links)}


def _voucher(about: SharedValues, held: CarriedCode) -> LazyValues:
    def picture(path: PublicPath) -> str:
        """A dummy has none."""
        return path.address(about.public_url, token=secrets.token("qr", held.id.hex), format="png") if held.id else ""

    return LazyValues(
        {
            **about.code_facts,
            "code": lambda: held.code,
            "expires": lambda: held.expires or about.expires,
            "published": lambda: held.published or about.at,
            "qr": lambda: picture(QR),
            "barcode": lambda: picture(BARCODE),
        }
    )


_CUSTOMERS = select(*of_customer.COLUMNS).where(Customer.id == func.any(cast(bindparam("ids", type_=Text), ARRAY(Uuid))))
_VOUCHERS = select(Voucher.id, Voucher.code, Voucher.expires_at, Voucher.assigned_at).where(
    Voucher.id == func.any(cast(bindparam("ids", type_=Text), ARRAY(Uuid)))
)


def values_for_batch(
    session: Session,
    about: SharedValues,
    wanted: Sequence[tuple[uuid.UUID, uuid.UUID, uuid.UUID | None]],
    permission_id: uuid.UUID | None = None,
    happened: Mapping[uuid.UUID, Mapping[str, Any]] = NOTHING,
) -> dict[uuid.UUID, dict[str, Any]]:
    """The same for many: `wanted` are (recipient, customer, voucher or None); the values by recipient. Two queries in all.

    `happened`: what the event of each brought, from `event_values`.
    """
    ids = array({c for _, c, _ in wanted})
    customers = {row.id: row for row in session.execute(_CUSTOMERS, {"ids": ids})}
    rows = session.execute(_VOUCHERS, {"ids": array({v for _, _, v in wanted if v is not None})})
    held = {id: CarriedCode(id, code, expires, given) for id, code, expires, given in rows}
    return {
        recipient: values_for(about, customers[customer], held.get(voucher) if voucher else None, permission_id, made_at(recipient))
        | dict(happened.get(recipient, NOTHING))
        for recipient, customer, voucher in wanted
        if customer in customers
    }


_FACTS = select(Recipient.id, Recipient.facts).where(Recipient.id == func.any(cast(bindparam("ids", type_=Text), ARRAY(Uuid))))


def event_values(session: Session, plan: Plan, recipients: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """What the event of each recipient brought that the trigger has variables for: `order` of `order.amount`. Most triggers have none."""
    nouns = {variable.path.partition(".")[0] for variable in plan.chosen_trigger.variables}
    if not nouns:
        return {}
    rows = session.execute(_FACTS, {"ids": array(recipients)})
    return {id: {noun: (facts or {}).get(noun, {}) for noun in nouns} for id, facts in rows}


def dummy(campaign: Campaign) -> CarriedCode:
    """The marked code of previews and tests: it has the look of the campaign's codes and can be redeemed nowhere."""
    return CarriedCode(None, (campaign.pattern or "########").replace("#", "X"), None)


def nobody() -> Customer:
    """Somebody of whom nothing is known."""
    return Customer(id=NOBODY, **{field.key: field.empty for field in FIELDS}, details={})


def dead_link(public_url: str) -> str:
    """Where links lead that would act for a customer: to a page that says that they do nothing."""
    return UNSUBSCRIBE.address(public_url, word="preview")


def with_dead_links(known: dict[str, Any], public_url: str) -> dict[str, Any]:
    """The same values for everybody else's eyes: nothing that is shown here may unsubscribe anybody."""
    links = {name: dead_link(public_url) if name in {"unsubscribe", "preferences"} else url for name, url in known.get("links", {}).items()}
    return known | {"links": links}


def _expiry(campaign: Campaign, at: datetime.datetime) -> datetime.datetime | None:
    begins = max(at, campaign.starts_at) if campaign.starts_at else at
    own = begins + datetime.timedelta(days=campaign.valid_days) if campaign.valid_days else None
    return min((d for d in (own, campaign.ends_at) if d is not None), default=None)
