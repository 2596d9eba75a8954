"""What does a customer look like alone, with sums of orders and codes? Made of the table of facts, as the short form is."""

import datetime
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import create_model
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.customers.profiles import as_json
from domain.customers.profiles.fields import FIELDS
from domain.tables.customers import Customer
from domain.tables.incentives import Voucher
from domain.tables.shop import CustomerOrders
from webapp.api.fields import ApiAnswer
from webapp.api.shapes.customer import ANSWERED
from webapp.api.shapes.voucher import moment


class OrderSums(ApiAnswer):
    """The paid and fulfilled orders of a customer; money in minor units."""

    total_amount: int
    total_count: int
    average_amount: int
    last_order_amount: int
    last_order_date: str | None


class RedemptionSums(ApiAnswer):
    """How often a customer's codes were redeemed."""

    total_redeemed: int
    total_succeeded: int


class CustomerSums(ApiAnswer):
    """What a customer's orders and codes come to."""

    redemptions: RedemptionSums
    orders: OrderSums


class CustomerAlone(ApiAnswer):
    """What a customer has besides the facts."""

    id: str
    birthday: str | None
    metadata: dict[str, Any]
    system_metadata: dict[str, Any]
    summary: CustomerSums
    created_at: str | None
    updated_at: str | None
    object: Literal["customer"]


def _with_every_fact() -> type[CustomerAlone]:
    plain: dict[str, Any] = {}
    inside: dict[str, dict[str, Any]] = {}
    for field in FIELDS:
        outer, _, inner = field.api_names[0].partition(".")
        (inside.setdefault(outer, {}) if inner else plain)[inner or outer] = (ANSWERED.get(field.fact, str | None), ...)
    for outer, facts in inside.items():
        plain[outer] = (create_model(f"Whole{outer.title()}", __base__=ApiAnswer, __doc__=f"The {outer} of a customer.", **facts), ...)
    return create_model("WholeCustomer", __base__=CustomerAlone, __doc__="A customer with everything that is known.", **plain)


if TYPE_CHECKING:
    WholeCustomer = CustomerAlone
else:
    WholeCustomer = _with_every_fact()


def customer(session: Session, one: Customer) -> WholeCustomer:
    """One customer."""
    return customers(session, [one])[0]


def customers(session: Session, some: Sequence[Customer]) -> list[WholeCustomer]:
    """Each of these; their sums are asked for all at once."""
    ids = [one.id for one in some]
    orders = {sums.customer_id: sums for sums in session.scalars(select(CustomerOrders).where(CustomerOrders.customer_id.in_(ids)))}
    uses = select(Voucher.customer_id, func.sum(Voucher.redeemed)).where(Voucher.customer_id.in_(ids), Voucher.state == "assigned")
    redeemed: dict[uuid.UUID, int] = {id: int(count) for id, count in session.execute(uses.group_by(Voucher.customer_id)) if id}
    return [_shape(one, orders.get(one.id), redeemed.get(one.id, 0)) for one in some]


def _shape(one: Customer, orders: CustomerOrders | None, redeemed: int) -> WholeCustomer:
    body = as_json.whole(one)
    times: dict[str, datetime.datetime] = {"created_at": one.created_at, "updated_at": one.updated_at}
    return WholeCustomer(
        **body | {name: moment(at) for name, at in times.items()},
        birthday=body["birthdate"],
        system_metadata={},
        summary=CustomerSums(redemptions=RedemptionSums(total_redeemed=redeemed, total_succeeded=redeemed), orders=_orders(orders)),
    )


def _orders(sums: CustomerOrders | None) -> OrderSums:
    count, amount = (sums.orders, sums.amount) if sums else (0, 0)
    return OrderSums(
        total_amount=amount,
        total_count=count,
        average_amount=round(amount / count) if count else 0,
        last_order_amount=(sums.last_amount or 0) if sums else 0,
        last_order_date=moment(sums.last_at) if sums else None,
    )
