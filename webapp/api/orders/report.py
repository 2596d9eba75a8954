"""Report an order: POST /v1/orders, and PUT /v1/orders/{orderId}."""

from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.orders.given import found, report
from webapp.api.orders.models import OrderGiven
from webapp.api.shapes import order
from webapp.api.shapes.order import OrderShape
from webapp.database import db

BODY_LIMIT = 1 << 20
"""Five hundred items with metadata."""


@operation("POST", "/v1/orders", verb="shop", query=Nothing, body=OrderGiven, answers=OrderShape, body_limit=BODY_LIMIT)
def create_order(call: ApiCall[Nothing, OrderGiven]) -> OrderShape:
    """Report an order. The same `source_id` is the same order: what is said now changes it, and what is left out stays."""
    session = db.session()
    done = report(session, call.caller, call.body)
    session.commit()
    return order.of(done)


@operation("PUT", "/v1/orders/{orderId}", verb="shop", query=Nothing, body=OrderGiven, answers=OrderShape, body_limit=BODY_LIMIT)
def update_order(call: ApiCall[Nothing, OrderGiven]) -> OrderShape:
    """Change an order: what is said now counts, items as a whole, metadata by its names; what is left out stays."""
    session = db.session()
    done = report(session, call.caller, call.body, found(session, call.path["orderId"]))
    session.commit()
    return order.of(done)
