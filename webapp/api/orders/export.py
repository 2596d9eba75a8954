"""Ask for a file of orders: POST /v1/orders/export. What it says is read when it is fetched, row by row."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import Prefix, new_id
from domain.shop.orders import export as columns
from domain.tables.journal import Job
from domain.tables.shop import Order
from webapp.api.exports.models import ExportShape, export
from webapp.api.fields import ApiInput, Filters, Text, Word
from webapp.api.filters import Filter, by_id, by_moment, where
from webapp.api.listing import order as ordered
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.database import db

KIND = "export_orders"
MOST_FIELDS = 100
ORDERS: dict[str, Any] = {"created_at": Order.created_at, "updated_at": Order.updated_at, "status": Order.status}


def _known(name: str) -> str:
    if not columns.is_field(name):
        raise ValueError(f"is none of {', '.join(columns.FIELDS)}, metadata.<name>")
    return name


class OrderExportParameters(ApiInput):
    """Columns, in their order; which orders; and how they are sorted."""

    fields: Annotated[list[Annotated[Text, AfterValidator(_known)]], Field(max_length=MOST_FIELDS)] | None = None
    filters: Filters = None
    order: Word = None


class OrderExportGiven(ApiInput):
    """Which file is wanted; nothing: id, source_id and status of all orders."""

    parameters: OrderExportParameters | None = None


@operation("POST", "/v1/orders/export", verb="shop", query=Nothing, body=OrderExportGiven, answers=ExportShape)
def create_order_export(call: ApiCall[Nothing, OrderExportGiven]) -> ExportShape:
    """Ask for a CSV of orders. GET /v1/exports/{exportId} says where it is."""
    session, asked = db.session(), call.body.parameters or OrderExportParameters()
    order = asked.order or "-created_at"
    ordered(order, ORDERS, Order.id)
    where(asked.filters, _filters(asked.filters))
    now = clock.now(session)
    wanted = {"fields": list(asked.fields or columns.DEFAULT), "order": order, "filters": asked.filters or {}}
    job = Job(
        id=new_id(), kind=KIND, title="Orders exported by the API", state="done", cursor=wanted, asked_by=call.caller.name, created_at=now,
        ended_at=now,
    )  # fmt: skip
    session.add(job)
    session.commit()
    return export(job)


def rows(session: Session, wanted: Mapping[str, Any]) -> Iterator[list[Any]]:
    """The file: its header and its orders."""
    query = select(Order).where(where(wanted["filters"], _filters(wanted["filters"])))
    by = ORDERS[wanted["order"].removeprefix("-")]
    return columns.rows(session, query, wanted["fields"], by, down=wanted["order"].startswith("-"))


def _filters(asked: Mapping[str, Any] | None) -> dict[str, Filter]:
    """What orders are filtered by; values of metadata by their names."""
    named = [name for name in asked or {} if name.startswith(columns.OF_METADATA)]
    return FILTERS | {name: Filter(Order.details[name.removeprefix(columns.OF_METADATA)].astext) for name in named}


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as broken:
        raise ValueError("is a whole number of cents or the like") from broken


FILTERS = {
    "id": by_id(Order.id, Prefix.ORDER),
    "source_id": Filter(Order.source_id),
    "created_at": by_moment(Order.created_at),
    "updated_at": by_moment(Order.updated_at),
    "status": Filter(Order.status, str.lower),
    "amount": Filter(Order.amount, _whole),
    "discount_amount": Filter(Order.discount_amount, _whole),
    "items_discount_amount": Filter(Order.items_discount_amount, _whole),
    "total_discount_amount": Filter(Order.discount_amount + Order.items_discount_amount, _whole),
    "total_amount": Filter(Order.total_amount, _whole),
    "customer_id": by_id(Order.customer_id, Prefix.CUSTOMER),
    "referrer_id": by_id(Order.referrer_id, Prefix.CUSTOMER),
}
