"""What does an order that was sent mean? Its customer is found or added; its items name products by our ids or the shop's own."""

import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.shop.orders.record import Recorded, record
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.tables.shop import Order
from domain.workspace.api_keys.authorize import Caller
from webapp.api import named
from webapp.api.actors import actor
from webapp.api.door.errors import Refusal, not_found, wrong
from webapp.api.filters import NOBODY, moment
from webapp.api.orders.models import MOST_PRICE, ItemGiven, ItemProduct, ItemSku, OrderGiven


def found(session: Session, text: str) -> Order:
    """The order with this id, ours or the shop's own. Raises Refusal."""
    id = inside(Prefix.ORDER, text)
    order = session.scalars(select(Order).where(Order.id == id if id else Order.source_id == text)).one_or_none()
    if order is None:
        raise not_found("order", text)
    return order


def report(session: Session, caller: Caller, given: OrderGiven, order: Order | None = None) -> Recorded:
    """Take it in; `order` is the one that is meant, where its path says so. Raises Refusal."""
    if order is None and given.id:
        order = found(session, given.id)
    return take_in(session, caller, [wanted(session, caller, given, order)])[0]


def take_in(session: Session, caller: Caller, orders: list[OrderWanted], *, react: bool = True) -> list[Recorded]:
    """Record these. Raises Refusal by the name of the field."""
    try:
        return record(session, actor(caller), orders, react=react)
    except Refused as why:
        raise refusal(why) from why


def refusal(why: Refused) -> Refusal:
    """What is wrong, as a caller reads it."""
    return wrong("invalid_order", "; ".join(f"{field} {words}" if field else words for field, words in why.mistakes.items()))


def wanted(session: Session, caller: Caller, given: OrderGiven, order: Order | None = None, *, silent: bool = False) -> OrderWanted:
    """What is said of the order; its customer is found, or added where the key may, `silent` in history. Raises Refusal."""
    customer = named.customer_or_new(session, given.customer, caller, silent=silent).id if says(given.customer) else None
    referrer = given.referrer or given.referrer_id
    return OrderWanted(
        id=order.id if order else None,
        source_id=given.source_id,
        status=given.status.lower() if given.status else None,
        customer_id=customer,
        referrer_id=named.customer_or_new(session, referrer, caller, silent=silent).id if says(referrer) else None,
        amount=given.amount,
        initial_amount=given.initial_amount,
        discount_amount=given.discount_amount,
        items=None if given.items is None else tuple(map(item, given.items)),
        metadata=given.metadata,
        placed_at=placed(given.created_at),
    )


def says(who: Any) -> bool:
    """Whether anybody is named at all: an object without anything in it names nobody."""
    return bool(who) and (isinstance(who, str) or bool(who.model_dump(exclude_none=True)))


def placed(text: str | None) -> datetime.datetime | None:
    """When it was placed. Raises Refusal."""
    try:
        return moment(text) if text else None
    except ValueError as why:
        raise wrong("invalid_payload", f"created_at {why}.") from why


def item(given: ItemGiven) -> ItemWanted:
    """A line: `source_id` is of a product unless `related_object` says that it is of a SKU. Raises Refusal."""
    of_sku = given.related_object == "sku"
    return ItemWanted(
        product=_thing(given.product, Prefix.PRODUCT, given.product_id, "" if of_sku else given.source_id or ""),
        sku=_thing(given.sku, Prefix.SKU, given.sku_id, (given.source_id or "") if of_sku else ""),
        related_object=given.related_object or "",
        source_id=given.source_id or "",
        quantity=given.quantity,
        initial_quantity=given.initial_quantity,
        discount_quantity=given.discount_quantity,
        price=given.price,
        amount=given.amount,
        initial_amount=given.initial_amount,
        discount_amount=given.discount_amount,
        metadata=given.metadata or {},
    )


def _thing(given: ItemProduct | ItemSku | None, prefix: Prefix, id: str | None, source_id: str) -> ThingWanted | None:
    """What is said of a product or SKU. An id that is none of ours is the shop's own."""
    if given is None and not id and not source_id:
        return None
    said = given or ItemProduct()
    text = id or said.id or ""
    ours = inside(prefix, text)
    name = said.sku if isinstance(said, ItemSku) else said.name
    return ThingWanted(
        id=ours or (NOBODY if text.startswith(f"{prefix}_") else None),
        source_id=said.source_id or source_id or ("" if ours else text),
        name=name or "",
        price=_price(said.price, prefix),
        metadata=said.metadata,
        override=bool(said.override),
    )


def _price(price: float | None, prefix: Prefix) -> int | None:
    if price is None:
        return None
    if not 0 <= price <= MOST_PRICE or price != int(price):
        noun = "product" if prefix is Prefix.PRODUCT else "sku"
        raise wrong("invalid_payload", f"items.{noun}.price is a whole number of cents or the like, not below 0.")
    return int(price)
