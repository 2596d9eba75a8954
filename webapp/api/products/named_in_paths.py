"""Which product or SKU does a path name? By our id or the shop's own."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.tables.shop import Product, Sku
from webapp.api.door.errors import Refusal, not_found, wrong


def product(session: Session, text: str) -> Product:
    """The product. Raises Refusal."""
    id = inside(Prefix.PRODUCT, text)
    one = session.scalars(select(Product).where(Product.id == id if id else Product.source_id == text)).one_or_none()
    if one is None:
        raise not_found("product", text)
    return one


def sku(session: Session, text: str, of: Product | None = None) -> Sku:
    """The SKU; `of` the product that the path names, too. Raises Refusal."""
    id = inside(Prefix.SKU, text)
    one = session.scalars(select(Sku).where(Sku.id == id if id else Sku.source_id == text)).one_or_none()
    if one is None or (of is not None and one.product_id != of.id):
        raise not_found("sku", text)
    return one


def skus(session: Session, products: Sequence[Product]) -> dict[uuid.UUID, list[Sku]]:
    """The SKUs of these products, oldest first."""
    found: dict[uuid.UUID, list[Sku]] = defaultdict(list)
    for one in session.scalars(select(Sku).where(Sku.product_id.in_([p.id for p in products])).order_by(Sku.id)):
        found[one.product_id].append(one)
    return found


def refusal(why: Refused, key: str) -> Refusal:
    """What is wrong, as a caller reads it."""
    return wrong(key, "; ".join(f"{field} {words}" if field else words for field, words in why.mistakes.items()))
