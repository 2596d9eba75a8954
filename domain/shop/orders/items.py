"""How are the items of orders kept? Each with what its product was called and cost then."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from domain.kernel.base import new_id
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.shop.products.of_items import Things
from domain.tables.shop import OrderItem, Product, Sku

COLUMNS = tuple(column.key for column in OrderItem.__mapper__.column_attrs)
SAID = tuple(name for name in COLUMNS if name not in {"id", "order_id"})
"""What an item says: two that agree in it are the same."""


def of_orders(session: Session, orders: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[OrderItem]]:
    """The items of each, in their order."""
    found: dict[uuid.UUID, list[OrderItem]] = defaultdict(list)
    if orders:
        query = select(OrderItem).where(OrderItem.order_id.in_(orders)).order_by(OrderItem.order_id, OrderItem.place)
        for item in session.scalars(query):
            found[item.order_id].append(item)
    return found


def made(order: uuid.UUID, wanted: Sequence[ItemWanted], things: Things) -> list[OrderItem]:
    """The items as rows that are not written yet."""
    return [_item(order, place, one, things.product(one), things.sku(one)) for place, one in enumerate(wanted)]


def _item(order: uuid.UUID, place: int, one: ItemWanted, product: Product | None, sku: Sku | None) -> OrderItem:
    of_sku = _snapshot(one.sku, sku, sku.sku if sku else "")
    of_product = _snapshot(one.product, product, product.name if product else "")
    price = next((p for p in (one.price, (of_sku or {}).get("price"), (of_product or {}).get("price")) if p is not None), None)
    return OrderItem(
        id=new_id(),
        order_id=order,
        place=place,
        product_id=product.id if product else None,
        sku_id=sku.id if sku else None,
        related_object=one.related_object,
        source_id=one.source_id,
        quantity=1 if one.quantity is None else one.quantity,
        initial_quantity=one.initial_quantity,
        discount_quantity=one.discount_quantity,
        price=price,
        amount=one.amount,
        initial_amount=one.initial_amount,
        discount_amount=one.discount_amount or 0,
        product=of_product,
        sku=of_sku,
        details=dict(one.metadata),
    )


def _snapshot(said: ThingWanted | None, known: Product | Sku | None, name: str) -> dict[str, Any] | None:
    """What was said of it, else what is known; None where there is nothing."""
    if said is None and known is None:
        return None
    said = said or ThingWanted()
    source_id = said.source_id or (known.source_id if known else "") or ""
    price = said.price if said.price is not None else known.price if known else None
    metadata: Mapping[str, Any] = (known.details if known else {}) | dict(said.metadata or {})
    return {"source_id": source_id, "name": said.name or name, "price": price, "metadata": dict(metadata)}


def same(old: Sequence[OrderItem], new: Sequence[OrderItem]) -> bool:
    """Whether they say the same."""
    return [_said(item) for item in old] == [_said(item) for item in new]


def _said(item: OrderItem) -> tuple[Any, ...]:
    return tuple(getattr(item, name) for name in SAID)


def write(session: Session, items: Sequence[OrderItem]) -> None:
    """Write new ones."""
    if items:
        session.execute(insert(OrderItem), [{name: getattr(item, name) for name in COLUMNS} for item in items])


def take_away(session: Session, orders: Sequence[uuid.UUID]) -> None:
    """Forget the items of these orders, for others to take their place."""
    if orders:
        session.execute(delete(OrderItem).where(OrderItem.order_id.in_(orders)), execution_options={"synchronize_session": False})
