"""What is known about a customer? Every fact a segment can ask for, with its SQL."""

import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Numeric, Select, case, cast, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from domain.conditions.facts import Aspect, EvaluationTime, Fact, Facts, Type
from domain.conditions.values import from_json
from domain.customers.consents.opt_outs import allowed
from domain.customers.profiles.fields import FIELDS, CustomerField
from domain.kernel import clock
from domain.kernel.text import money
from domain.kernel.text.folding import fold_in_sql
from domain.tables.customers import Customer, Member, MetadataField, Permission, Segment, Suppression
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Voucher
from domain.tables.sending import Delivery, Recipient
from domain.tables.shop import CustomerOrders
from domain.tables.workspace import Project

GOT = ("accepted", "delivered", "complained")
"""States of a delivery that reached its customer, as far as anybody can tell."""


def moment(session: Session) -> EvaluationTime:
    """Now, in the project's days."""
    zone = session.scalar(select(Project.zone)) or "UTC"
    return EvaluationTime(clock.now(session), ZoneInfo(zone))


def suppressed() -> ColumnElement[bool]:
    """Whether one of the customer's addresses is never written to."""
    email = exists().where(Suppression.kind == "email", Suppression.hash == Customer.email_hash, Customer.email_hash != "")
    phone = exists().where(Suppression.kind == "phone", Suppression.hash == Customer.phone_hash, Customer.phone_hash != "")
    return case((or_(email, phone), true()), else_=false())


def _of(field: CustomerField) -> Fact:
    column = getattr(Customer, field.key)
    if field.fact is not Type.TEXT:
        return Fact(f"customer.{field.key}", field.label, field.fact, "Customer", column)
    compared = column if field.exact else getattr(Customer, field.folded_in) if field.folded_in else fold_in_sql(column)
    return Fact(f"customer.{field.key}", field.label, Type.TEXT, "Customer", func.nullif(compared, ""), exact=field.exact)


ABOUT = (
    *map(_of, FIELDS),
    Fact("suppressed", "Address is suppressed", Type.BOOLEAN, "Customer", suppressed()),
    Fact("customer.created_at", "Customer since", Type.DATETIME, "Customer", Customer.created_at),
)


def in_own_row(fact: Fact) -> bool:
    """Whether its value stands in the customer's own row."""
    return fact.sql is not None and fact.key.partition(".")[0] in {"customer", "metadata"}


def _member(id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(Member.segment_id == id, Member.customer_id == Customer.id)


def _given(id: uuid.UUID) -> ColumnElement[bool]:
    return allowed(id)


def _holds(id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(Voucher.campaign_id == id, Voucher.customer_id == Customer.id, Voucher.state == "assigned")


def _unused(id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(Voucher.campaign_id == id, Voucher.customer_id == Customer.id, Voucher.state == "assigned", Voucher.redeemed == 0)


def _received(id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(Delivery.distribution_id == id, Delivery.customer_id == Customer.id, Delivery.state.in_(GOT))


def _bounced(id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(Delivery.distribution_id == id, Delivery.customer_id == Customer.id, Delivery.state == "bounced")


def _skipped(id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(Recipient.distribution_id == id, Recipient.customer_id == Customer.id, Recipient.state == "skipped")


ASPECTS = {
    "segment": (Aspect("member", "is in", "is not in", _member),),
    "consent": (Aspect("given", "gave permission for", "gave no permission for", _given),),
    "voucher": (
        Aspect("holds", "holds a code of", "holds no code of", _holds),
        Aspect("unused", "has an unused code of", "has no unused code of", _unused),
    ),
    "delivery": (
        Aspect("received", "received a message of", "received no message of", _received),
        Aspect("skipped", "was skipped by", "", _skipped),
        Aspect("bounced", "had a message bounce of", "", _bounced),
    ),
}


def _count(statement: Select[int]) -> ColumnElement[Any]:
    return statement.scalar_subquery()


COUNTS = (
    Fact(
        "voucher.held", "Codes held, number of", Type.NUMBER, "Codes",
        _count(select(func.count()).where(Voucher.customer_id == Customer.id, Voucher.state == "assigned").correlate(Customer)),
        marked_as="voucher",
    ),
    Fact(
        "voucher.redeemed", "Codes redeemed, number of", Type.NUMBER, "Codes",
        _count(
            select(func.count())
            .where(Voucher.customer_id == Customer.id, Voucher.state == "assigned", Voucher.redeemed > 0)
            .correlate(Customer)
        ),
        marked_as="voucher",
    ),
    Fact(
        "delivery.count", "Messages received, number of", Type.NUMBER, "Messages",
        _count(select(func.count()).where(Delivery.customer_id == Customer.id, Delivery.state.in_(GOT)).correlate(Customer)),
        marked_as="delivery",
    ),
)  # fmt: skip


_SUMS = CustomerOrders.customer_id == Customer.id


def _orders(currency: str) -> tuple[Fact, ...]:
    """What the paid and fulfilled orders of a customer come to; money in whole units of the currency, as people type it."""
    one = 10 ** money.places(currency)

    def sums(key: str, label: str, type: Type, column: ColumnElement[Any]) -> Fact:
        return Fact(f"orders.{key}", label, type, "Orders", _count(select(column).where(_SUMS).correlate(Customer)), marked_as="orders")

    count, total = (
        func.coalesce(_count(select(c).where(_SUMS).correlate(Customer)), 0) for c in (CustomerOrders.orders, CustomerOrders.amount)
    )
    average = cast(CustomerOrders.amount, Numeric) / func.nullif(CustomerOrders.orders, 0) / one
    return (
        Fact("orders.count", "Orders paid, number of", Type.NUMBER, "Orders", count, marked_as="orders"),
        Fact("orders.total", f"Orders paid, total in {currency}", Type.NUMBER, "Orders", cast(total, Numeric) / one, marked_as="orders"),
        sums("average", f"Orders paid, average in {currency}", Type.NUMBER, func.round(average, money.places(currency))),
        sums("last_amount", f"Last paid order, total in {currency}", Type.NUMBER, cast(CustomerOrders.last_amount, Numeric) / one),
        sums("last_at", "Last paid order, placed", Type.DATETIME, CustomerOrders.last_at.expression),
        sums("first_at", "First paid order, placed", Type.DATETIME, CustomerOrders.first_at.expression),
    )


def _relation(key: str, label: str, group: str, noun: str, things: Mapping[str, str], marked_as: str = "") -> Fact:
    return Fact(key, label, Type.RELATION, group, aspects=ASPECTS[key], choices=things, noun=noun, marked_as=marked_as)


def _names(session: Session, statement: Select[uuid.UUID, str]) -> dict[str, str]:
    return {str(id): name for id, name in session.execute(statement)}


def known(session: Session) -> Facts:
    """All facts there are now, with the names of what relations can name. Six queries, whatever the number of customers."""
    metadata = session.scalars(select(MetadataField).where(MetadataField.noun == "customer").order_by(MetadataField.key)).all()
    segments = _names(session, select(Segment.id, Segment.name).order_by(Segment.name_key))
    permissions = _names(session, select(Permission.id, Permission.name).order_by(Permission.name_key))
    campaigns = _names(session, select(Campaign.id, Campaign.name).order_by(Campaign.name_key))
    sent = _names(session, select(Distribution.id, Distribution.name).where(Distribution.version > 0).order_by(Distribution.name_key))
    facts = (
        *ABOUT,
        *(_metadata(field) for field in metadata),
        _relation("segment", "Segment", "Segments and permissions", "segment", segments, "segment:"),
        _relation("consent", "Permission", "Segments and permissions", "permission", permissions),
        _relation("voucher", "Code of a campaign", "Codes", "campaign", campaigns),
        _relation("delivery", "Message of a distribution", "Messages", "distribution", sent),
        *COUNTS,
        *_orders(session.scalar(select(Project.currency)) or "EUR"),
    )
    return {fact.key: fact for fact in facts}


def _metadata(field: MetadataField) -> Fact:
    type = Type(field.type)
    label = field.label or field.key.replace("_", " ").capitalize()
    return Fact(f"metadata.{field.key}", label, type, "Your own fields", from_json(Customer.details[field.key], type))
