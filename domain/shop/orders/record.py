"""Take in what a shop reports of orders: new ones are made, known ones changed, and what happened is told. Few statements, however many.

The only way in: pages and single calls of the API, and history, which wakes nobody.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import new_id
from domain.kernel.errors import Refused
from domain.shop.orders import amounts, happened, items, summaries
from domain.shop.orders.happened import OrderStory
from domain.shop.orders.summaries import Counting
from domain.shop.orders.wanted import PROCESSING, OrderWanted
from domain.shop.products.of_items import Things, of_items
from domain.tables.shop import Order, OrderItem

FUTURE = datetime.timedelta(days=1)
"""How far a clock of a shop may be ahead."""
COLUMNS = tuple(column.key for column in Order.__mapper__.column_attrs)
SAID = tuple(name for name in COLUMNS if name not in {"id", "updated_at"})
REACHED = {"paid": "paid_at", "fulfilled": "fulfilled_at", "canceled": "canceled_at", PROCESSING: "processing_at"}
"""Status -> the column that says since when."""


@dataclass
class Recorded:
    """An order as it is now, with its items in their order."""

    order: Order
    items: list[OrderItem]
    new: bool = False
    changed: bool = False
    rewritten: bool = False
    """Whether its items are others than those that are stored."""
    statuses: tuple[str, ...] = ()
    before: Counting | None = None


def record(session: Session, actor: Actor, wanted: Sequence[OrderWanted], *, react: bool = True) -> list[Recorded]:
    """Take in these orders, of which no two may be the same. Without `react` nothing is told and nobody wakes: it is history.

    Raises Refused where what is said cannot be.
    """
    now = clock.now(session)
    _refuse_future(wanted, now)
    things = of_items(session, actor, [item for one in wanted for item in one.items or ()])
    fresh = [one for one in wanted if one.id is None and one.source_id is None]
    known = _known(session, [one for one in wanted if one.id is not None or one.source_id is not None])
    fresh += [one for one in wanted if _key(one) not in known and one not in fresh]
    written = _add(session, fresh, things, now)
    raced = [one for one in fresh if one.source_id is not None and id(one) not in written]
    known |= _known(session, raced)  # somebody made them at this very moment
    stored = items.of_orders(session, [order.id for order in known.values()])
    done = [
        written[id(one)] if id(one) in written else _change(known[_key(one)], stored[known[_key(one)].id], one, things, now)
        for one in wanted
    ]
    _write(session, done)
    summaries.follow(session, [(one.order.id, one.before, summaries.counting(one.order)) for one in done], silent=not react)
    if react:
        happened.tell(session, [OrderStory(one.order, one.items, one.new, one.statuses) for one in done if one.new or one.changed], now)
    return done


def _key(one: OrderWanted) -> Any:
    return one.id or one.source_id


def _refuse_future(wanted: Sequence[OrderWanted], now: datetime.datetime) -> None:
    if any(one.placed_at is not None and one.placed_at > now + FUTURE for one in wanted):
        raise Refused({"created_at": "lies in the future: it is when the order was placed."})


def _known(session: Session, wanted: Sequence[OrderWanted]) -> dict[Any, Order]:
    """Those that exist, locked in the order of their ids."""
    ids, sources = [one.id for one in wanted if one.id], [one.source_id for one in wanted if not one.id and one.source_id]
    if not ids and not sources:
        return {}
    query = select(Order).where(or_(Order.id.in_(ids), Order.source_id.in_(sources))).order_by(Order.id).with_for_update(key_share=True)
    found: dict[Any, Order] = {}
    for order in session.scalars(query.execution_options(populate_existing=True)):
        found[order.id] = order
        if order.source_id is not None:
            found[order.source_id] = order
    return found


def _add(session: Session, wanted: Sequence[OrderWanted], things: Things, now: datetime.datetime) -> dict[int, Recorded]:
    """Make them, but for those that somebody else just made; in the order of their keys, so that nobody waits in a circle."""
    made = [(one, _made(one, things, now)) for one in sorted(wanted, key=lambda one: one.source_id or "")]
    if not made:
        return {}
    rows = [{name: getattr(new.order, name) for name in COLUMNS} for _, new in made]
    adding = insert(Order).on_conflict_do_nothing(index_elements=["source_id"]).returning(Order.id)
    added = set(session.scalars(adding, rows))
    return {id(one): new for one, new in made if new.order.id in added}


def _made(one: OrderWanted, things: Things, now: datetime.datetime) -> Recorded:
    order = Order(
        id=new_id(),
        source_id=one.source_id,
        status="created",
        customer_id=one.customer_id,
        referrer_id=one.referrer_id,
        amount=0,
        initial_amount=0,
        discount_amount=0,
        details={},
        created_at=one.placed_at or now,
        updated_at=now,
    )
    recorded = Recorded(order, items.made(order.id, one.items or (), things), new=True, rewritten=True)
    _say(recorded, one, order.created_at if one.placed_at else now)
    return recorded


def _change(order: Order, stored: list[OrderItem], one: OrderWanted, things: Things, now: datetime.datetime) -> Recorded:
    """The order with what is said now; it is written where anything differs."""
    if one.source_id is not None and one.source_id != order.source_id:
        raise Refused({"source_id": "is another one than this order has, and the key of an order stays. Leave it out."})
    recorded = Recorded(order, stored, before=summaries.counting(order))
    said = {name: getattr(order, name) for name in SAID}
    if one.items is not None:
        recorded.items = items.made(order.id, one.items, things)
    order.customer_id = one.customer_id or order.customer_id
    order.referrer_id = one.referrer_id or order.referrer_id
    order.created_at = one.placed_at or order.created_at
    _say(recorded, one, now)
    recorded.rewritten = one.items is not None and not items.same(stored, recorded.items)
    if not recorded.rewritten:
        recorded.items = stored
    recorded.changed = recorded.rewritten or any(getattr(order, name) != value for name, value in said.items())
    if recorded.changed:
        order.updated_at = now
    return recorded


def _say(recorded: Recorded, one: OrderWanted, at: datetime.datetime) -> None:
    """Status, money and metadata, the same for new and known ones."""
    order = recorded.order
    amounts.price_items(recorded.items)
    amounts.price_order(order, recorded.items, one)
    if one.metadata is not None:
        order.details = {key: value for key, value in (order.details | dict(one.metadata)).items() if value is not None}
    if one.status == PROCESSING:
        if order.processing_at is None:
            order.processing_at, recorded.statuses = at, (PROCESSING,)
    elif one.status is not None and one.status != order.status:
        order.status, recorded.statuses = one.status, (one.status,)
        if since := REACHED.get(one.status):
            setattr(order, since, at)


def _write(session: Session, done: Sequence[Recorded]) -> None:
    """Changed orders, and the items of those whose items are new."""
    session.flush()
    items.take_away(session, [one.order.id for one in done if one.rewritten and not one.new])
    items.write(session, [item for one in done if one.rewritten for item in one.items])
