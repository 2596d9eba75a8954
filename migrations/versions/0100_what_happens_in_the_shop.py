"""What customers do in the shop: products and SKUs, orders with their items and what they come to, and schemas of custom events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0100"
down_revision = "0091"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = postgresql.JSONB


def _made() -> list[sa.Column]:
    return [sa.Column("id", sa.Uuid(), nullable=False), sa.Column("created_at", TIME, nullable=False)]


def _versioned() -> list[sa.Column]:
    return [
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
    ]


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _minor(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def upgrade() -> None:
    op.create_table(
        "products",
        *_made(),
        *_versioned(),
        sa.Column("source_id", sa.Text(), nullable=True),
        *_texts("name", "image_url"),
        *_minor("price", nullable=True),
        sa.Column("attributes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("metadata", JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("source_id", name="uq_products_source_id"),
    )
    op.create_table(
        "skus",
        *_made(),
        *_versioned(),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        *_texts("sku", "currency", "image_url"),
        *_minor("price", nullable=True),
        sa.Column("attributes", JSON(), nullable=False),
        sa.Column("metadata", JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_skus"),
        sa.UniqueConstraint("source_id", name="uq_skus_source_id"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_skus_product_id", ondelete="CASCADE"),
    )
    op.create_index("ix_skus_product", "skus", ["product_id", "id"])
    op.create_table(
        "orders",
        *_made(),
        sa.Column("source_id", sa.Text(), nullable=True),
        *_texts("status"),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("referrer_id", sa.Uuid(), nullable=True),
        *_minor("amount", "initial_amount", "discount_amount", "items_discount_amount", "total_amount"),
        sa.Column("metadata", JSON(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        *(sa.Column(name, TIME, nullable=True) for name in ("paid_at", "processing_at", "fulfilled_at", "canceled_at")),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("source_id", name="uq_orders_source_id"),
        sa.CheckConstraint("status IN ('created', 'paid', 'fulfilled', 'canceled')", name=op.f("ck_orders_status")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_orders_customer_id"),
        sa.ForeignKeyConstraint(["referrer_id"], ["customers.id"], name="fk_orders_referrer_id"),
    )
    op.create_index("ix_orders_placed", "orders", ["created_at", "id"])
    op.create_index("ix_orders_customer", "orders", ["customer_id", "created_at", "id"])
    op.create_index("ix_orders_referrer", "orders", ["referrer_id"], postgresql_where=sa.text("referrer_id IS NOT NULL"))
    op.create_table(
        "order_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("sku_id", sa.Uuid(), nullable=True),
        *_texts("related_object", "source_id"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("initial_quantity", sa.Integer(), nullable=True),
        sa.Column("discount_quantity", sa.Integer(), nullable=True),
        *_minor("price", "amount", "initial_amount", nullable=True),
        *_minor("discount_amount"),
        sa.Column("product", JSON(), nullable=True),
        sa.Column("sku", JSON(), nullable=True),
        sa.Column("metadata", JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_order_items"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_items_order_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_order_items_product_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_order_items_sku_id", ondelete="SET NULL"),
    )
    op.create_index("ix_order_items_order", "order_items", ["order_id", "place"], unique=True)
    op.create_index("ix_order_items_product", "order_items", ["product_id"], postgresql_where=sa.text("product_id IS NOT NULL"))
    op.create_index("ix_order_items_sku", "order_items", ["sku_id"], postgresql_where=sa.text("sku_id IS NOT NULL"))
    op.create_table(
        "customer_orders",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("orders", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_at", TIME, nullable=True),
        sa.Column("last_at", TIME, nullable=True),
        sa.Column("last_amount", sa.BigInteger(), nullable=True),
        sa.Column("last_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_orders"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_orders_customer_id", ondelete="CASCADE"),
    )
    op.create_table(
        "event_schemas",
        *_made(),
        *_versioned(),
        *_texts("name", "name_key"),
        sa.Column("fields", JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_schemas"),
        sa.UniqueConstraint("name_key", name="uq_event_schemas_name_key"),
    )


def downgrade() -> None:
    for table in ("event_schemas", "customer_orders", "order_items", "orders", "skus", "products"):
        op.drop_table(table)
