"""SKUs: those of a product, and GET /v1/skus/{skuId}."""

from sqlalchemy import select

from domain.kernel.errors import Refused
from domain.shop.products import keep
from domain.tables.shop import Product, Sku
from webapp.api import listing
from webapp.api.actors import actor
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.products import named_in_paths as found
from webapp.api.products.models import Asked, Forced, SkuGiven, SkuList, SkuShape, said, sku
from webapp.database import db

ALL = "/v1/products/{productId}/skus"
ONE = ALL + "/{skuId}"
ORDERS = {"created_at": Sku.id, "updated_at": Sku.updated_at, "sku": Sku.sku, "id": Sku.id}


@operation("GET", ALL, verb="shop", query=Asked, body=Nothing, answers=SkuList)
def list_skus_in_product(call: ApiCall[Asked, Nothing]) -> SkuList:
    """The SKUs of a product, newest first."""
    session, asked = db.session(), call.query
    query: Rows = select(Sku).where(Sku.product_id == found.product(session, call.path["productId"]).id)
    total = listing.total(session, query, Sku.id)
    ordered = query.order_by(*listing.order(asked.order or "-created_at", ORDERS, Sku.id))
    rows = session.scalars(ordered.limit(asked.limit).offset((asked.page - 1) * asked.limit))
    return SkuList(object="list", data_ref="skus", skus=[sku(one) for one in rows], total=total)


@operation("POST", ALL, verb="shop", query=Nothing, body=SkuGiven, answers=SkuShape)
def create_sku(call: ApiCall[Nothing, SkuGiven]) -> SkuShape:
    """A new SKU of a product. The same `source_id` is the same SKU: what is said now changes it."""
    of = found.product(db.session(), call.path["productId"])
    return _kept(call, of, found.sku(db.session(), call.body.id, of) if call.body.id else None)


@operation("PUT", ONE, verb="shop", query=Nothing, body=SkuGiven, answers=SkuShape)
def update_sku(call: ApiCall[Nothing, SkuGiven]) -> SkuShape:
    """Change a SKU: what is left out stays, metadata is changed by its names."""
    of = found.product(db.session(), call.path["productId"])
    return _kept(call, of, found.sku(db.session(), call.path["skuId"], of))


@operation("DELETE", ONE, verb="shop", query=Forced, body=Nothing, answers=Nothing)
def delete_sku(call: ApiCall[Forced, Nothing]) -> Nothing:
    """Take a SKU away. Orders keep what it was called and cost."""
    session = db.session()
    of = found.product(session, call.path["productId"])
    keep.delete(session, actor(call.caller), found.sku(session, call.path["skuId"], of))
    session.commit()
    return Nothing()


@operation("GET", "/v1/skus/{skuId}", verb="shop", query=Nothing, body=Nothing, answers=SkuShape)
def get_sku(call: ApiCall[Nothing, Nothing]) -> SkuShape:
    """One SKU, by our id or the shop's own."""
    return sku(found.sku(db.session(), call.path["skuId"]))


def _kept(call: ApiCall[Nothing, SkuGiven], of: Product, row: Sku | None) -> SkuShape:
    session = db.session()
    try:
        one = keep.keep(session, actor(call.caller), row, Sku(product_id=of.id), said(call.body))
    except Refused as why:
        raise found.refusal(why, "invalid_sku") from why
    session.commit()
    return sku(one)
