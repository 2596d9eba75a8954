"""Which order is it that discounts are taken off, and how is it written down afterwards? Between what a shop says and the arithmetic."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.incentives.pricing.cart import Cart, Line, Thing, known_as
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, folded, inside, new_id, outside
from domain.kernel.text.folding import fold_in_sql
from domain.shop.orders import amounts, items
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.shop.products.of_items import of_items
from domain.tables.shop import Order, OrderItem, Product, Sku

_SAME_ORDER = text("SELECT pg_advisory_xact_lock(hashtextextended(:source, 7340033))")


@dataclass(frozen=True)
class Basket:
    """The order that is meant: as it is stored, as it is said now, and as discounts see it."""

    wanted: OrderWanted
    order: Order | None
    rows: Sequence[OrderItem]
    cart: Cart


def basket(session: Session, wanted: OrderWanted, *, lock: bool = False) -> Basket:
    """What is meant. `lock`: nobody else redeems on this order meanwhile. Raises Refused for what cannot be."""
    order = _stored(session, wanted, lock)
    before = items.of_orders(session, [order.id])[order.id] if order else []
    rows = before if wanted.items is None else _priced(session, wanted.items, before)
    said = wanted.amount if wanted.amount is not None else order.amount if order else 0
    off = wanted.discount_amount if wanted.discount_amount is not None else order.discount_amount if order else 0
    return Basket(wanted, order, rows, Cart(tuple(map(_line, rows)), said, off))


def _stored(session: Session, wanted: OrderWanted, lock: bool) -> Order | None:
    if wanted.id is None and wanted.source_id is None:
        return None
    if lock and wanted.source_id:
        session.execute(_SAME_ORDER, {"source": wanted.source_id})
    query = select(Order).where(Order.id == wanted.id if wanted.id else Order.source_id == wanted.source_id)
    if lock:
        query = query.with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _priced(session: Session, given: Sequence[ItemWanted], before: Sequence[OrderItem]) -> list[OrderItem]:
    """The items as they would be stored. What was taken off the same item before stays off, where nothing is said of it."""
    looked = [replace(one, product=_only_looked_at(one.product), sku=_only_looked_at(one.sku)) for one in given]
    rows = items.made(new_id(), looked, of_items(session, SYSTEM, looked))
    amounts.price_items(rows)
    for said, row, old in zip(given, rows, before, strict=False):
        if said.discount_amount is None and (old.source_id, old.product_id, old.sku_id) == (row.source_id, row.product_id, row.sku_id):
            row.discount_amount = min(old.discount_amount, row.amount or 0)
    return rows


def _only_looked_at(thing: ThingWanted | None) -> ThingWanted | None:
    """Nothing is kept with the product before the order itself is written."""
    return replace(thing, override=False) if thing else None


def _line(row: OrderItem) -> Line:
    product, sku = row.product or {}, row.sku or {}
    ids = [outside(prefix, id) for prefix, id in ((Prefix.PRODUCT, row.product_id), (Prefix.SKU, row.sku_id)) if id]
    ids += [str(id) for id in (row.product_id, row.sku_id) if id]
    words = [about.get(name) or "" for about in (product, sku) for name in ("source_id", "name")]
    names = known_as((row.source_id, *words, *ids))
    free = row.discount_quantity or 0
    return Line(row.amount, row.quantity, row.price, row.discount_amount, free=free, item=row.place, names=names)


def thing_of(session: Session, discount: Mapping[str, Any]) -> Thing | None:
    """What a discount of units gives, where the shop knows it: by id, by its own key, or by name."""
    if discount.get("type") != "unit":
        return None
    word = str(discount["of"])
    sku = session.scalars(select(Sku).where((Sku.id == inside(Prefix.SKU, word)) | (Sku.source_id == word))).first()
    if sku is not None:
        return Thing(sku.sku or word, sku.price, sku.source_id or "", sku.product_id, sku.id)
    named = (Product.id == inside(Prefix.PRODUCT, word)) | (Product.source_id == word)
    product = session.scalars(select(Product).where(named)).first()
    if product is None:
        product = session.scalars(select(Product).where(fold_in_sql(Product.name) == folded(word)).limit(1)).first()
    return Thing(product.name or word, product.price, product.source_id or "", product.id) if product else None


def order_to_write(basket: Basket, cart: Cart, customer_id: uuid.UUID | None) -> OrderWanted:
    """The order with what was taken off, as it is to be recorded; it counts as paid unless the shop says otherwise."""
    wanted, order = basket.wanted, basket.order
    status = wanted.status or ("paid" if order is None or order.status == "created" else None)
    said = wanted.items if wanted.items is not None else [as_said(row) for row in basket.rows]
    changed = wanted.items is not None or cart.lines != basket.cart.lines
    lines = tuple(_item(line, said) for line in cart.lines) if changed else None
    return replace(
        wanted,
        id=order.id if order else None,
        status=status,
        customer_id=wanted.customer_id or customer_id,
        items=lines,
        discount_amount=cart.discount,
        amount=cart.said if wanted.amount is None and not cart.is_priced else wanted.amount,
    )


def _item(line: Line, said: Sequence[ItemWanted]) -> ItemWanted:
    if line.item is None:
        assert line.thing is not None
        return _given_free(line, line.thing)
    item = replace(said[line.item], discount_amount=line.discount)
    if not line.free:
        return item
    changed = replace(item, quantity=line.quantity, amount=line.amount, discount_quantity=line.free)
    if line.added and item.initial_quantity is None:
        each = line.price or 0
        before = line.quantity - line.added
        changed = replace(changed, initial_quantity=before, initial_amount=None if line.amount is None else each * before)
    return changed


def _given_free(line: Line, thing: Thing) -> ItemWanted:
    of_sku = thing.sku_id is not None
    about = ThingWanted(thing.sku_id if of_sku else thing.product_id, thing.source_id, thing.name)
    return ItemWanted(
        product=None if of_sku else about,
        sku=about if of_sku else None,
        related_object="sku" if of_sku else "product",
        source_id=thing.source_id or ("" if about.id else thing.name),
        quantity=line.quantity,
        initial_quantity=0,
        discount_quantity=line.free,
        price=line.price,
        amount=line.amount,
        initial_amount=0,
        discount_amount=line.discount,
    )


def as_said(row: OrderItem) -> ItemWanted:
    """A stored item as a shop would say it again."""
    return ItemWanted(
        product=_said(row.product, row.product_id),
        sku=_said(row.sku, row.sku_id),
        related_object=row.related_object,
        source_id=row.source_id,
        quantity=row.quantity,
        initial_quantity=row.initial_quantity,
        discount_quantity=row.discount_quantity,
        price=row.price,
        amount=row.amount,
        initial_amount=row.initial_amount,
        discount_amount=row.discount_amount,
        metadata=row.details,
    )


def _said(about: Mapping[str, Any] | None, id: uuid.UUID | None) -> ThingWanted | None:
    if about is None:
        return None
    return ThingWanted(id, about.get("source_id") or "", about.get("name") or "", about.get("price"), about.get("metadata"))
