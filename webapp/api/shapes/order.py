"""What does an order look like?"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from domain.kernel.base import Prefix, outside
from domain.shop.orders.record import Recorded
from domain.tables.shop import Order, OrderItem
from webapp.api.fields import ApiAnswer
from webapp.api.shapes.voucher import moment

Status = Literal["CREATED", "PAID", "CANCELED", "FULFILLED"]


class Named(ApiAnswer):
    """Somebody, by their id alone."""

    id: str
    object: Literal["customer"]


class ProductOfItem(ApiAnswer):
    """The product as it was when it was ordered."""

    id: str | None
    source_id: str | None
    name: str | None
    price: int | None
    metadata: dict[str, Any]


class SkuOfItem(ApiAnswer):
    """The SKU as it was when it was ordered."""

    id: str | None
    source_id: str | None
    sku: str | None
    price: int | None
    metadata: dict[str, Any]


class ItemShape(ApiAnswer):
    """A line of an order; money in minor units."""

    id: str
    object: Literal["order_item"]
    source_id: str | None
    related_object: Literal["product", "sku"] | None = None
    product_id: str | None
    sku_id: str | None
    quantity: int
    initial_quantity: int | None = None
    discount_quantity: int | None = None
    price: int | None
    amount: int | None
    initial_amount: int | None = None
    discount_amount: int
    subtotal_amount: int | None
    product: ProductOfItem | None = None
    sku: SkuOfItem | None = None
    metadata: dict[str, Any]


class OrderShape(ApiAnswer):
    """An order with its items; money in minor units."""

    id: str
    source_id: str | None
    status: Status
    amount: int
    initial_amount: int
    discount_amount: int
    items_discount_amount: int
    total_discount_amount: int
    total_amount: int
    applied_discount_amount: int | None = None
    items_applied_discount_amount: int | None = None
    total_applied_discount_amount: int | None = None
    items: list[ItemShape]
    metadata: dict[str, Any]
    customer: Named | None
    customer_id: str | None
    referrer: Named | None
    referrer_id: str | None
    created_at: str | None
    updated_at: str | None
    object: Literal["order"]


STATUSES: Mapping[str, Status] = {"created": "CREATED", "paid": "PAID", "canceled": "CANCELED", "fulfilled": "FULFILLED"}


def of(recorded: Recorded) -> OrderShape:
    """An order that was just reported."""
    return order(recorded.order, recorded.items)


def order(one: Order, items: Sequence[OrderItem]) -> OrderShape:
    """An order with its items."""
    customer = outside(Prefix.CUSTOMER, one.customer_id) if one.customer_id else None
    referrer = outside(Prefix.CUSTOMER, one.referrer_id) if one.referrer_id else None
    return OrderShape(
        id=outside(Prefix.ORDER, one.id),
        source_id=one.source_id,
        status=STATUSES[one.status],
        amount=one.amount,
        initial_amount=one.initial_amount,
        discount_amount=one.discount_amount,
        items_discount_amount=one.items_discount_amount,
        total_discount_amount=one.discount_amount + one.items_discount_amount,
        total_amount=one.total_amount,
        items=[_item(item) for item in items],
        metadata=one.details,
        customer=Named(id=customer, object="customer") if customer else None,
        customer_id=customer,
        referrer=Named(id=referrer, object="customer") if referrer else None,
        referrer_id=referrer,
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
        object="order",
    )


def _item(item: OrderItem) -> ItemShape:
    told: dict[str, Any] = {
        name: value
        for name in ("initial_quantity", "discount_quantity", "initial_amount", "related_object")
        if (value := getattr(item, name)) not in {None, ""}
    }
    if item.product is not None:
        about = {name: item.product.get(name) or None for name in ("source_id", "name", "price")}
        product = outside(Prefix.PRODUCT, item.product_id) if item.product_id else None
        told["product"] = ProductOfItem(id=product, metadata=item.product.get("metadata") or {}, **about)
    if item.sku is not None:
        about = {"source_id": item.sku.get("source_id") or None, "sku": item.sku.get("name") or None, "price": item.sku.get("price")}
        sku = outside(Prefix.SKU, item.sku_id) if item.sku_id else None
        told["sku"] = SkuOfItem(id=sku, metadata=item.sku.get("metadata") or {}, **about)
    return ItemShape(
        id=outside(Prefix.ORDER_ITEM, item.id),
        object="order_item",
        source_id=item.source_id or None,
        product_id=outside(Prefix.PRODUCT, item.product_id) if item.product_id else None,
        sku_id=outside(Prefix.SKU, item.sku_id) if item.sku_id else None,
        quantity=item.quantity,
        price=item.price,
        amount=item.amount,
        discount_amount=item.discount_amount,
        subtotal_amount=None if item.amount is None else max(0, item.amount - item.discount_amount),
        metadata=item.details,
        **told,
    )
