"""Everything held about one customer, as JSON: what they may ask for."""

import datetime
import uuid
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.customers.consents import opt_outs, suppressions
from domain.customers.profiles import fields
from domain.journal import audit
from domain.kernel.actor import Actor
from domain.kernel.base import Base, Prefix, outside
from domain.tables.connections import TestSend
from domain.tables.customers import Consent, ConsentLog, Customer, Member, Permission, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Publication, Voucher
from domain.tables.journal import Event
from domain.tables.sending import Delivery, Recipient
from domain.tables.shop import Order, OrderItem


def export(session: Session, actor: Actor, id: uuid.UUID) -> dict[str, Any]:
    """JSON-ready. Codes are shown in full: they are the customer's own. Audited, for that is a reason to look."""
    customer = session.get_one(Customer, id)
    audit.record(session, actor, "export customer", outside(Prefix.CUSTOMER, id))
    facts = {field.key: fields.plain(getattr(customer, field.key)) for field in fields.FIELDS}
    return {
        "object": "customer",
        "id": outside(Prefix.CUSTOMER, id),
        "created_at": _plain(customer.created_at),
        "updated_at": _plain(customer.updated_at),
        "erased_at": _plain(customer.erased_at),
        **facts,
        "metadata": customer.details,
        "opt_outs": [_row(o, "permission_id", "kind", "how", "created_at") for o in opt_outs.of_customer(session, customer).values()],
        "suppressed": [_row(s, "kind", "reason", "source", "created_at") for s in suppressions.of_customer(session, customer)],
        **{name: [_line(row) for row in session.execute(query).mappings()] for name, query in _parts(id).items()},
    }


def _parts(id: uuid.UUID) -> dict[str, Select[Any]]:
    return {
        "permissions": select(Permission.name, Consent.given, Consent.version, Consent.at, Consent.how)
        .join(Permission, Permission.id == Consent.permission_id)
        .where(Consent.customer_id == id),
        "permission_log": select(
            Permission.name, ConsentLog.given, ConsentLog.version, ConsentLog.how, ConsentLog.by, ConsentLog.created_at
        )
        .join(Permission, Permission.id == ConsentLog.permission_id)
        .where(ConsentLog.customer_id == id)
        .order_by(ConsentLog.id),
        "segments": select(Segment.name, Member.entered_at).join(Segment, Segment.id == Member.segment_id).where(Member.customer_id == id),
        "vouchers": select(
            Voucher.code, Campaign.name.label("campaign"), Voucher.state, Voucher.assigned_at, Voucher.expires_at, Voucher.redeemed,
            Voucher.redeemed_at,
        ).join(Campaign, Campaign.id == Voucher.campaign_id).where(Voucher.customer_id == id),
        "publications": select(
            Publication.created_at, Publication.channel, Publication.source_id, Publication.details.label("metadata"), Voucher.code
        )
        .join(Voucher, Voucher.id == Publication.voucher_id)
        .where(Publication.customer_id == id)
        .order_by(Publication.id),
        "recipients": select(
            Distribution.name.label("distribution"), Recipient.once_key, Recipient.state, Recipient.reason, Recipient.facts,
            Recipient.created_at,
        )
        .join(Distribution, Distribution.id == Recipient.distribution_id)
        .where(Recipient.customer_id == id)
        .order_by(Recipient.id),
        "deliveries": select(
            Distribution.name.label("distribution"), Delivery.channel, Delivery.state, Delivery.reason, Delivery.address, Delivery.slots,
            Delivery.sent_at, Delivery.opened_at, Delivery.clicked_at, Delivery.created_at,
        )
        .join(Distribution, Distribution.id == Delivery.distribution_id)
        .where(Delivery.customer_id == id)
        .order_by(Delivery.id),
        "test_messages": select(TestSend.channel, TestSend.address, TestSend.parts, TestSend.created_at).where(TestSend.customer_id == id),
        "orders": select(
            Order.source_id, Order.status, Order.total_amount, Order.created_at, Order.details.label("metadata"),
        ).where(Order.customer_id == id).order_by(Order.created_at, Order.id),
        "order_items": select(
            Order.source_id.label("order"), OrderItem.product, OrderItem.sku, OrderItem.quantity, OrderItem.price, OrderItem.amount,
            OrderItem.details.label("metadata"),
        ).join(Order, Order.id == OrderItem.order_id).where(Order.customer_id == id).order_by(Order.created_at, Order.id, OrderItem.place),
        "events": select(Event.kind, Event.at, Event.facts).where(Event.customer_id == id).order_by(Event.id),
    }  # fmt: skip


def _row(row: Base, *names: str) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _line(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    match value:
        case datetime.datetime() | datetime.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case _:
            return value
