"""The shop: products with their SKUs, orders with their items, what a customer's orders come to, and schemas of custom events."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base, Identified, Versioned

COUNTED = ("paid", "fulfilled")
"""States of orders that count in the sums of their customer."""


class Product(Identified, Versioned, Base):
    """Something that is sold. Money is in minor units of the project's currency, here and below."""

    __tablename__ = "products"
    source_id: Mapped[str | None] = mapped_column(unique=True)
    """The owner's own key, compared exactly."""
    name: Mapped[str] = mapped_column(default="")
    price: Mapped[int | None] = mapped_column(BigInteger)
    attributes: Mapped[list[str]] = mapped_column(default=list)
    """Names of what its SKUs differ in: `size`, `colour`."""
    image_url: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)


class Sku(Identified, Versioned, Base):
    """A product in one of its forms."""

    __tablename__ = "skus"
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    source_id: Mapped[str | None] = mapped_column(unique=True)
    sku: Mapped[str] = mapped_column(default="")
    """Its name."""
    price: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(default="")
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Name of an attribute of the product -> its value here."""
    image_url: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)

    __table_args__ = (Index("ix_skus_product", "product_id", "id"),)


class Order(Identified, Base):
    """What somebody ordered, as it is now. `created_at` is when it was placed, as the shop says."""

    __tablename__ = "orders"
    source_id: Mapped[str | None] = mapped_column(unique=True)
    """The shop's own key: the same one is the same order."""
    status: Mapped[str]
    """`created`, `paid`, `fulfilled`, `canceled`."""
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customers.id"))
    referrer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customers.id"))
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    """What its items come to before discounts; without priced items, what the shop said."""
    initial_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    """The same before anything was added or replaced."""
    discount_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    """Taken off the whole order."""
    items_discount_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    """Taken off single items."""
    total_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    """What is to be paid: the amount less both discounts."""
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    updated_at: Mapped[datetime.datetime]
    paid_at: Mapped[datetime.datetime | None]
    processing_at: Mapped[datetime.datetime | None]
    """When the shop said that it works on it: an event, and no state of its own."""
    fulfilled_at: Mapped[datetime.datetime | None]
    canceled_at: Mapped[datetime.datetime | None]

    __table_args__ = (
        CheckConstraint("status IN ('created', 'paid', 'fulfilled', 'canceled')", name="status"),
        Index("ix_orders_placed", "created_at", "id"),
        Index("ix_orders_customer", "customer_id", "created_at", "id"),
        Index("ix_orders_referrer", "referrer_id", postgresql_where=text("referrer_id IS NOT NULL")),
    )


class OrderItem(Base):
    """A line of an order. What the product was called and cost then stays, whatever becomes of the product."""

    __tablename__ = "order_items"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    place: Mapped[int] = mapped_column(SmallInteger)
    """Its number among the items, from 0."""
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"))
    sku_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("skus.id", ondelete="SET NULL"))
    related_object: Mapped[str] = mapped_column(default="")
    """What `source_id` is of: `product`, `sku`, or nothing that was said."""
    source_id: Mapped[str] = mapped_column(default="")
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    initial_quantity: Mapped[int | None] = mapped_column(Integer)
    discount_quantity: Mapped[int | None] = mapped_column(Integer)
    price: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    """Price times quantity; without a price, what the shop said."""
    initial_amount: Mapped[int | None] = mapped_column(BigInteger)
    discount_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    product: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """`source_id`, `name`, `price`, `metadata` as they were when it was ordered."""
    sku: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The same of the SKU, with `sku` for its name."""
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)

    __table_args__ = (
        Index("ix_order_items_order", "order_id", "place", unique=True),
        Index("ix_order_items_product", "product_id", postgresql_where=text("product_id IS NOT NULL")),
        Index("ix_order_items_sku", "sku_id", postgresql_where=text("sku_id IS NOT NULL")),
    )


class CustomerOrders(Base):
    """What the paid and fulfilled orders of a customer come to. No row: none. Only who changes an order of this customer locks it."""

    __tablename__ = "customer_orders"
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    orders: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    amount: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """The sum of their `total_amount`."""
    first_at: Mapped[datetime.datetime | None]
    last_at: Mapped[datetime.datetime | None]
    last_amount: Mapped[int | None] = mapped_column(BigInteger)
    last_id: Mapped[uuid.UUID | None]
    """The last order: of two at one moment the one with the greater id."""


class EventSchema(Identified, Versioned, Base):
    """A custom event that programs may report, and what each one says."""

    __tablename__ = "event_schemas"
    name: Mapped[str]
    """As programs send it, compared exactly."""
    name_key: Mapped[str] = mapped_column(unique=True)
    """Folded, so that no two differ only in case."""
    fields: Mapped[list[Any]] = mapped_column(default=list)
    """`{"key": …, "type": …, "required": …}` of each, in their order; types are those of metadata."""
