"""Which columns has a file of orders, and how is it written? Row by row in short transactions, however many orders there are."""

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, outside
from domain.tables.shop import Order

BATCH = 2_000
OF_METADATA = "metadata."
"""Before the name of one value of the metadata, as a column of its own."""


def _moment(at: datetime.datetime | None) -> str:
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if at else ""


def _id(prefix: Prefix, id: Any) -> str:
    return outside(prefix, id) if id else ""


FIELDS: Mapping[str, Callable[[Order], Any]] = {
    "id": lambda one: outside(Prefix.ORDER, one.id),
    "source_id": lambda one: one.source_id,
    "created_at": lambda one: _moment(one.created_at),
    "updated_at": lambda one: _moment(one.updated_at),
    "status": lambda one: one.status.upper(),
    "amount": lambda one: one.amount,
    "discount_amount": lambda one: one.discount_amount,
    "items_discount_amount": lambda one: one.items_discount_amount,
    "total_discount_amount": lambda one: one.discount_amount + one.items_discount_amount,
    "total_amount": lambda one: one.total_amount,
    "customer_id": lambda one: _id(Prefix.CUSTOMER, one.customer_id),
    "referrer_id": lambda one: _id(Prefix.CUSTOMER, one.referrer_id),
    "metadata": lambda one: json.dumps(one.details, ensure_ascii=False, sort_keys=True) if one.details else "",
}
"""Column -> what stands there. Money is in minor units, moments are UTC; the names are those of the API."""
DEFAULT = ("id", "source_id", "status")
"""The columns of a file that nobody chose any for."""


def is_field(name: str) -> bool:
    """Whether a file may have this column: one of `FIELDS`, or `metadata.` with a name behind it."""
    return name in FIELDS or (name.startswith(OF_METADATA) and len(name) > len(OF_METADATA))


def rows(
    session: Session, query: Select[Order], fields: Sequence[str], by: Any = Order.created_at, down: bool = True
) -> Iterator[list[Any]]:
    """The header and a row for each order of `query`, in the order of the column `by`. Ends its transaction after every batch."""
    yield list(fields)
    key = tuple_(by, Order.id)
    ordered = query.order_by(*((by.desc(), Order.id.desc()) if down else (by.asc(), Order.id.asc()))).limit(BATCH)
    after: tuple[Any, Any] | None = None
    while True:
        beyond = ordered if after is None else ordered.where(key < after if down else key > after)
        batch = session.scalars(beyond).all()
        for one in batch:
            yield [_cell(one, name) for name in fields]
        if len(batch) < BATCH:
            return
        after = (getattr(batch[-1], by.key), batch[-1].id)
        session.rollback()
        session.expunge_all()


def _cell(order: Order, name: str) -> Any:
    if name in FIELDS:
        return FIELDS[name](order)
    value = order.details.get(name.removeprefix(OF_METADATA))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
