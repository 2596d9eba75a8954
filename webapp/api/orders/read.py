"""Read orders: GET /v1/orders, and GET /v1/orders/{orderId}."""

from typing import Any, Literal

from sqlalchemy import select

from domain.shop.orders.items import of_orders
from domain.tables.shop import Order
from webapp.api import listing
from webapp.api.fields import ApiAnswer, ApiInput, Limit, Page, Word
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.orders.given import found
from webapp.api.shapes import order
from webapp.api.shapes.order import OrderShape
from webapp.database import db

ORDERS: dict[str, Any] = {"created_at": Order.created_at, "updated_at": Order.updated_at, "status": Order.status, "id": Order.id}


class OrdersAsked(ApiInput):
    """Which page of the orders, and in which order."""

    limit: Limit = 10
    page: Page = 1
    order: Word = None


class OrderList(ApiAnswer):
    """A page of orders; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["orders"]
    orders: list[OrderShape]
    total: int


@operation("GET", "/v1/orders", verb="shop", query=OrdersAsked, body=Nothing, answers=OrderList)
def list_orders(call: ApiCall[OrdersAsked, Nothing]) -> OrderList:
    """Orders, those placed last first."""
    session, asked = db.session(), call.query
    query: Rows = select(Order)
    total = listing.total(session, query, Order.id)
    ordered = query.order_by(*listing.order(asked.order or "-created_at", ORDERS, Order.id))
    rows = list(session.scalars(ordered.limit(asked.limit).offset((asked.page - 1) * asked.limit)))
    items = of_orders(session, [one.id for one in rows])
    return OrderList(object="list", data_ref="orders", orders=[order.order(one, items[one.id]) for one in rows], total=total)


@operation("GET", "/v1/orders/{orderId}", verb="shop", query=Nothing, body=Nothing, answers=OrderShape)
def get_order(call: ApiCall[Nothing, Nothing]) -> OrderShape:
    """One order, by our id or the shop's own."""
    session = db.session()
    one = found(session, call.path["orderId"])
    return order.order(one, of_orders(session, [one.id])[one.id])
