"""Which orders fit? For lists, in the order in which they were placed, and for the page of their customer."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, inside
from domain.shop.orders.wanted import STATUSES
from domain.tables.customers import Customer
from domain.tables.shop import Order


@dataclass(frozen=True)
class OrderFilter:
    """What a list of orders is asked for; empty means everything."""

    number: str = ""
    """The shop's own key, or ours, to the letter."""
    status: str = ""
    customer_id: uuid.UUID | None = None


def found(wanted: OrderFilter) -> Select[Order, Customer]:
    """Orders with their customers, who may be none."""
    return select(Order, Customer).outerjoin(Customer, Customer.id == Order.customer_id).where(*_conditions(wanted))


def alone(wanted: OrderFilter) -> Select[Order]:
    """The same orders without their customers."""
    return select(Order).where(*_conditions(wanted))


def _conditions(wanted: OrderFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.number:
        yield or_(Order.source_id == wanted.number, Order.id == inside(Prefix.ORDER, wanted.number))
    if wanted.status in STATUSES:
        yield Order.status == wanted.status
    if wanted.customer_id is not None:
        yield Order.customer_id == wanted.customer_id


def last_of(session: Session, customer_id: uuid.UUID, size: int = 5) -> Sequence[Order]:
    """The orders that a customer placed last."""
    query = select(Order).where(Order.customer_id == customer_id).order_by(Order.created_at.desc(), Order.id.desc())
    return session.scalars(query.limit(size)).all()
