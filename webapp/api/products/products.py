"""Products: GET and POST /v1/products, and one of them."""

from sqlalchemy import select

from domain.kernel.errors import Refused
from domain.shop.products import keep
from domain.tables.shop import Product
from webapp.api import listing
from webapp.api.actors import actor
from webapp.api.listing import Rows
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.products import named_in_paths as found
from webapp.api.products.models import Asked, Forced, ProductGiven, ProductList, ProductShape, product, said
from webapp.database import db

ORDERS = {"created_at": Product.id, "updated_at": Product.updated_at, "name": Product.name, "id": Product.id}


@operation("GET", "/v1/products", verb="shop", query=Asked, body=Nothing, answers=ProductList)
def list_products(call: ApiCall[Asked, Nothing]) -> ProductList:
    """Products with their SKUs, newest first."""
    session, asked = db.session(), call.query
    query: Rows = select(Product)
    total = listing.total(session, query, Product.id)
    ordered = query.order_by(*listing.order(asked.order or "-created_at", ORDERS, Product.id))
    rows = list(session.scalars(ordered.limit(asked.limit).offset((asked.page - 1) * asked.limit)))
    skus = found.skus(session, rows)
    return ProductList(object="list", data_ref="products", products=[product(one, skus[one.id]) for one in rows], total=total)


@operation("POST", "/v1/products", verb="shop", query=Nothing, body=ProductGiven, answers=ProductShape)
def create_product(call: ApiCall[Nothing, ProductGiven]) -> ProductShape:
    """A new product. The same `source_id` is the same product: what is said now changes it."""
    return _kept(call, found.product(db.session(), call.body.id) if call.body.id else None)


@operation("GET", "/v1/products/{productId}", verb="shop", query=Nothing, body=Nothing, answers=ProductShape)
def get_product(call: ApiCall[Nothing, Nothing]) -> ProductShape:
    """One product with its SKUs, by our id or the shop's own."""
    one = found.product(db.session(), call.path["productId"])
    return product(one, found.skus(db.session(), [one])[one.id])


@operation("PUT", "/v1/products/{productId}", verb="shop", query=Nothing, body=ProductGiven, answers=ProductShape)
def update_product(call: ApiCall[Nothing, ProductGiven]) -> ProductShape:
    """Change a product: what is left out stays, metadata is changed by its names."""
    return _kept(call, found.product(db.session(), call.path["productId"]))


@operation("DELETE", "/v1/products/{productId}", verb="shop", query=Forced, body=Nothing, answers=Nothing)
def delete_product(call: ApiCall[Forced, Nothing]) -> Nothing:
    """Take a product away with its SKUs. Orders keep what it was called and cost."""
    session = db.session()
    keep.delete(session, actor(call.caller), found.product(session, call.path["productId"]))
    session.commit()
    return Nothing()


def _kept(call: ApiCall[Nothing, ProductGiven], row: Product | None) -> ProductShape:
    session = db.session()
    try:
        one = keep.keep(session, actor(call.caller), row, Product(), said(call.body))
    except Refused as why:
        raise found.refusal(why, "invalid_product") from why
    session.commit()
    return product(one, found.skus(session, [one])[one.id])
