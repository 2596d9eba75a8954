"""The list of orders, a CSV of the same filter, and one of them."""

from flask import Response, abort, request, stream_with_context
from flask.typing import ResponseReturnValue

from domain.insight.orders import story
from domain.journal import audit
from domain.kernel.base import Prefix, inside
from domain.kernel.text import csv_writer
from domain.shop.orders import export, find, items
from domain.tables.customers import Customer
from domain.tables.shop import CustomerOrders, Order
from webapp import paging
from webapp.access import actor, needs
from webapp.database import db
from webapp.orders import blueprint, presenters
from webapp.pages import show
from webapp.security import written_down

FILTERS = ("q", "status", "customer")


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Orders that fit the filters of the URL, those placed last first."""
    args, wanted = _wanted()
    page = paging.page(db.session(), find.found(wanted), [Order.created_at, Order.id])
    customer = db.session.get(Customer, wanted.customer_id) if wanted.customer_id else None
    return show("orders/index.html", "found", page=page, args=args, states=presenters.STATES, of=customer)


@blueprint.get("/list.csv")
@needs("edit customers")
@written_down
def download() -> Response:
    """The same orders as a file, streamed in short transactions."""
    args, wanted = _wanted()
    filters = {name: value for name, value in args.items() if name != "q"}
    audit.record(db.session(), actor(), "download orders", "", after={"filters": filters})
    db.session.commit()
    rows = export.rows(db.session(), find.alone(wanted), tuple(export.FIELDS))
    response = Response(stream_with_context(csv_writer.lines(rows)), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=orders.csv"
    return response


def _wanted() -> tuple[dict[str, str], find.OrderFilter]:
    """The filters of the URL, as they stand there and as they are asked."""
    args = {name: request.args[name].strip()[:200] for name in FILTERS if request.args.get(name, "").strip()}
    return args, find.OrderFilter(args.get("q", ""), args.get("status", ""), inside(Prefix.CUSTOMER, args.get("customer", "")))


@blueprint.get("/<id>")
@needs("see")
def detail(id: str) -> ResponseReturnValue:
    """One order: its items, what happened to it, what it started."""
    session, inner = db.session(), inside(Prefix.ORDER, id)
    order = session.get(Order, inner) if inner else None
    if order is None:
        abort(404)
    happened = story.events(session, order)
    return show(
        "orders/order.html",
        order=order,
        items=items.of_orders(session, [order.id])[order.id],
        customer=session.get(Customer, order.customer_id) if order.customer_id else None,
        referrer=session.get(Customer, order.referrer_id) if order.referrer_id else None,
        sums=session.get(CustomerOrders, order.customer_id) if order.customer_id else None,
        steps=presenters.steps(order),
        state=presenters.STATES[order.status],
        happened=[(event, presenters.told(event)) for event in happened],
        reactions=[
            (one, presenters.OUTCOMES.get(one.recipient.state, presenters.WAITS)) for one in story.reactions(session, order, happened)
        ],
        name_of=presenters.name_of,
        key_of=presenters.key_of,
    )
