"""What do products and SKUs look like, sent and answered?"""

from typing import Annotated, Any, Literal

from pydantic import Field

from domain.kernel.base import Prefix, outside
from domain.tables.shop import Product, Sku
from webapp.api.fields import ApiAnswer, ApiInput, Flag, Limit, Metadata, Page, Text, Word
from webapp.api.orders.models import Price
from webapp.api.shapes.voucher import moment

MOST_ATTRIBUTES = 100


class ProductGiven(ApiInput):
    """A product: what is left out stays as it is."""

    id: Word = None
    source_id: Word = None
    name: Word = None
    price: Price = None
    attributes: Annotated[list[Text], Field(max_length=MOST_ATTRIBUTES)] | None = None
    image_url: Word = None
    metadata: Metadata | None = None


class SkuGiven(ApiInput):
    """A SKU: what is left out stays as it is."""

    id: Word = None
    source_id: Word = None
    sku: Word = None
    price: Price = None
    currency: Word = None
    attributes: Metadata | None = None
    image_url: Word = None
    metadata: Metadata | None = None


class Asked(ApiInput):
    """Which page of a list, in which order."""

    limit: Limit = 10
    page: Page = 1
    order: Word = None


class Forced(ApiInput):
    """`force` is taken without effect: what is taken away is gone."""

    force: Flag = None


class SkuShape(ApiAnswer):
    """A SKU."""

    id: str
    source_id: str | None
    product_id: str
    sku: str | None
    price: int | None
    currency: str | None
    attributes: dict[str, Any]
    image_url: str | None
    metadata: dict[str, Any]
    created_at: str | None
    updated_at: str | None
    object: Literal["sku"]


class Skus(ApiAnswer):
    """The SKUs of a product."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[SkuShape]
    total: int


class ProductShape(ApiAnswer):
    """A product with its SKUs."""

    id: str
    source_id: str | None
    name: str | None
    price: int | None
    attributes: list[str]
    image_url: str | None
    metadata: dict[str, Any]
    created_at: str | None
    updated_at: str | None
    object: Literal["product"]
    skus: Skus


class ProductList(ApiAnswer):
    """A page of products; `total` is exact up to 10,000."""

    object: Literal["list"]
    data_ref: Literal["products"]
    products: list[ProductShape]
    total: int


class SkuList(ApiAnswer):
    """A page of the SKUs of a product."""

    object: Literal["list"]
    data_ref: Literal["skus"]
    skus: list[SkuShape]
    total: int


def sku(one: Sku) -> SkuShape:
    """A SKU as it is answered."""
    return SkuShape(
        id=outside(Prefix.SKU, one.id),
        source_id=one.source_id,
        product_id=outside(Prefix.PRODUCT, one.product_id),
        sku=one.sku or None,
        price=one.price,
        currency=one.currency or None,
        attributes=one.attributes,
        image_url=one.image_url or None,
        metadata=one.details,
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
        object="sku",
    )


def product(one: Product, skus: list[Sku]) -> ProductShape:
    """A product as it is answered."""
    return ProductShape(
        id=outside(Prefix.PRODUCT, one.id),
        source_id=one.source_id,
        name=one.name or None,
        price=one.price,
        attributes=one.attributes,
        image_url=one.image_url or None,
        metadata=one.details,
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
        object="product",
        skus=Skus(object="list", data_ref="data", data=[sku(each) for each in skus], total=len(skus)),
    )


def said(given: ProductGiven | SkuGiven) -> dict[str, Any]:
    """What is said, by the columns it stands in; empty texts are texts there."""
    texts = {"name", "sku", "currency", "image_url"}
    told = {name: getattr(given, name) for name in given.model_fields_set if name not in {"id", "metadata"}}
    told = {name: (value or "") if name in texts else value for name, value in told.items()}
    told = {name: value for name, value in told.items() if value is not None or name == "price"}
    return told | ({"details": given.metadata} if given.metadata is not None else {})
