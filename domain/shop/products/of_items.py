"""Which products and SKUs do the items of orders mean? Asked for all at once; what says `override` is kept."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import new_id
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.tables.shop import Product, Sku

NOBODY = ThingWanted()


@dataclass
class Things:
    """Products and SKUs by our id and by the shop's own."""

    products: dict[uuid.UUID | str, Product] = field(default_factory=dict)
    skus: dict[uuid.UUID | str, Sku] = field(default_factory=dict)

    def sku(self, item: ItemWanted) -> Sku | None:
        """The SKU of an item, where it is known."""
        return _named(self.skus, item.sku or NOBODY)

    def product(self, item: ItemWanted) -> Product | None:
        """The product of an item, where it is known: the one that is named, else that of its SKU."""
        sku = self.sku(item)
        named = _named(self.products, item.product or NOBODY)
        return named or (self.products.get(sku.product_id) if sku else None)

    def add_product(self, row: Product) -> Product:
        """Know this one too."""
        return _add(self.products, row)

    def add_sku(self, row: Sku) -> Sku:
        """Know this one too."""
        return _add(self.skus, row)


Row = TypeVar("Row", Product, Sku)


def _named(known: dict[uuid.UUID | str, Row], thing: ThingWanted) -> Row | None:
    return (known.get(thing.id) if thing.id else None) or (known.get(thing.source_id) if thing.source_id else None)


def _add(known: dict[uuid.UUID | str, Row], row: Row) -> Row:
    known[row.id] = row
    if row.source_id:
        known[row.source_id] = row
    return row


def of_items(session: Session, actor: Actor, items: Sequence[ItemWanted]) -> Things:
    """What is known of these items. Items that name nothing cost no question."""
    found = Things()
    products = [item.product for item in items if item.product and item.product.is_named]
    skus = [item.sku for item in items if item.sku and item.sku.is_named]
    if skus:
        rows = session.execute(select(Sku, Product).join(Product, Product.id == Sku.product_id).where(_any_of(Sku, skus)))
        for sku, product in rows:
            found.add_sku(sku)
            found.add_product(product)
    if products:
        for product in session.scalars(select(Product).where(_any_of(Product, products))):
            found.add_product(product)
    for item in sorted(items, key=_key):
        _keep(session, actor, found, item)
    return found


def _any_of(table: type[Product] | type[Sku], things: Sequence[ThingWanted]) -> Any:
    ids, sources = {thing.id for thing in things if thing.id}, {thing.source_id for thing in things if thing.source_id}
    return or_(table.id.in_(ids), table.source_id.in_(sources))


def _key(item: ItemWanted) -> tuple[str, str]:
    return (item.product or NOBODY).source_id, (item.sku or NOBODY).source_id


def _keep(session: Session, actor: Actor, found: Things, item: ItemWanted) -> None:
    """Make or change the product and the SKU of an item that says `override`."""
    product, sku = found.product(item), found.sku(item)
    if item.product and item.product.override and (product or item.product.source_id):
        if product is None:
            product = found.add_product(_made(session, actor, Product(source_id=item.product.source_id, attributes=[])))
        _say(session, actor, product, item.product, {"name": item.product.name})
    if item.sku and item.sku.override and (sku or (product and item.sku.source_id)):
        if sku is None and product is not None:
            sku = found.add_sku(_made(session, actor, Sku(source_id=item.sku.source_id, product_id=product.id, attributes={})))
        if sku is not None:
            _say(session, actor, sku, item.sku, {"sku": item.sku.name})


def _made(session: Session, actor: Actor, row: Row) -> Row:
    """A new one; where another call just made it, that one."""
    now = clock.now(session)
    row.id, row.created_at, row.updated_at, row.updated_by, row.details = new_id(), now, now, actor.name, {}
    source_id, table = row.source_id, type(row)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return session.scalars(select(table).where(table.source_id == source_id)).one()
    return row


def _say(session: Session, actor: Actor, row: Product | Sku, thing: ThingWanted, names: dict[str, str]) -> None:
    said: dict[str, Any] = {name: value for name, value in names.items() if value}
    said |= {"price": thing.price} if thing.price is not None else {}
    said |= {"details": row.details | dict(thing.metadata)} if thing.metadata is not None else {}
    changed = {name: value for name, value in said.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.updated_at, row.updated_by, row.row_version = clock.now(session), actor.name, (row.row_version or 1) + 1
        session.flush()
