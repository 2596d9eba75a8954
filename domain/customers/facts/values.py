"""What is known about this one customer? The values behind `explain`, fetched with a fixed number of queries."""

import json
import uuid
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Text, case, cast, func, literal, select
from sqlalchemy.orm import Session

from domain.customers.consents.opt_outs import said_no
from domain.customers.facts.catalogue import GOT, suppressed
from domain.customers.profiles.fields import FIELDS
from domain.kernel.text import money
from domain.tables.customers import Consent, Customer, Member
from domain.tables.incentives import Voucher
from domain.tables.sending import Delivery, Recipient
from domain.tables.shop import CustomerOrders
from domain.tables.workspace import Project

COLUMNS = (*(field.key for field in FIELDS), "created_at")


def values(session: Session, customer_id: uuid.UUID) -> dict[str, Any]:
    """Every fact of `domain.customers.facts.catalogue` for this customer, by key; empty for one who does not exist or was erased."""
    customer = session.get(Customer, customer_id)
    if customer is None or customer.erased_at is not None:
        return {}
    metadata = session.scalar(select(cast(Customer.details, Text)).where(Customer.id == customer_id)) or "{}"
    own = json.loads(metadata, parse_float=Decimal)
    return (
        {f"customer.{name}": getattr(customer, name) for name in COLUMNS}
        | {f"metadata.{key}": value for key, value in own.items()}
        | {"suppressed": session.scalar(select(suppressed()).where(Customer.id == customer_id))}
        | {"segment": _segments(session, customer_id), "consent": _consents(session, customer_id)}
        | _vouchers(session, customer_id)
        | _deliveries(session, customer_id)
        | _orders(session, customer_id)
    )


def _segments(session: Session, customer_id: uuid.UUID) -> dict[str, set[str]]:
    return {str(id): {"member"} for id in session.scalars(select(Member.segment_id).where(Member.customer_id == customer_id))}


def _consents(session: Session, customer_id: uuid.UUID) -> dict[str, set[str]]:
    mine = select(Consent.permission_id).join(Customer, Customer.id == Consent.customer_id).where(Customer.id == customer_id, Consent.given)
    given = mine.where(~said_no(Consent.permission_id.expression))
    return {str(id): {"given"} for id in session.scalars(given)}


def _vouchers(session: Session, customer_id: uuid.UUID) -> dict[str, Any]:
    held = session.execute(
        select(Voucher.campaign_id, func.count(), func.count().filter(Voucher.redeemed > 0))
        .where(Voucher.customer_id == customer_id, Voucher.state == "assigned")
        .group_by(Voucher.campaign_id)
    ).all()
    standing = {str(campaign): {"holds", "unused"} if count > redeemed else {"holds"} for campaign, count, redeemed in held}
    return {"voucher": standing, "voucher.held": sum(h[1] for h in held), "voucher.redeemed": sum(h[2] for h in held)}


def _deliveries(session: Session, customer_id: uuid.UUID) -> dict[str, Any]:
    how = case((Delivery.state.in_(GOT), "received"), (Delivery.state == "bounced", "bounced"))
    sent = (
        select(Delivery.distribution_id, how, func.count())
        .where(Delivery.customer_id == customer_id, how.is_not(None))
        .group_by(Delivery.distribution_id, how)
    )
    skipped = select(Recipient.distribution_id, literal("skipped"), literal(0)).where(
        Recipient.customer_id == customer_id, Recipient.state == "skipped"
    )
    standing: dict[str, set[str]] = defaultdict(set)
    received = 0
    for distribution, what, count in session.execute(sent.union_all(skipped)):
        standing[str(distribution)].add(what)
        received += count if what == "received" else 0
    return {"delivery": dict(standing), "delivery.count": received}


def _orders(session: Session, customer_id: uuid.UUID) -> dict[str, Any]:
    sums = session.get(CustomerOrders, customer_id)
    if sums is None or not sums.orders:
        return {"orders.count": 0, "orders.total": Decimal(0)}
    places = money.places(session.scalar(select(Project.currency)) or "EUR")
    average = (Decimal(sums.amount) / sums.orders).scaleb(-places)
    return {
        "orders.count": sums.orders,
        "orders.total": Decimal(sums.amount).scaleb(-places),
        "orders.average": average.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP),
        "orders.last_amount": Decimal(sums.last_amount or 0).scaleb(-places),
        "orders.last_at": sums.last_at,
        "orders.first_at": sums.first_at,
    }
