"""The list of orders, and one of them."""

from flask import abort, request
from flask.typing import ResponseReturnValue

from domain.insight.orders import story
from domain.kernel.base import Prefix, inside
from domain.shop.orders import find, items
from domain.tables.customers import Customer
from domain.tables.shop import CustomerOrders, Order
from webapp import paging
from webapp.access import needs
from webapp.database import db
from webapp.orders import blueprint, presenters
from webapp.pages import show

FILTERS = ("q", "status", "customer")


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Orders that fit the filters of the URL, those placed last first."""
    args = {name: request.args[name].strip()[:200] for name in FILTERS if request.args.get(name, "").strip()}
    wanted = find.OrderFilter(args.get("q", ""), args.get("status", ""), inside(Prefix.CUSTOMER, args.get("customer", "")))
    page = paging.page(db.session(), find.found(wanted), [Order.created_at, Order.id])
    customer = db.session.get(Customer, wanted.customer_id) if wanted.customer_id else None
    return show("orders/index.html", "found", page=page, args=args, states=presenters.STATES, of=customer)


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
