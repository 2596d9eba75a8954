"""Keys of the shop, of pictures and of templates are found by indexes that no language orders: an upgrade of ICU or glibc would break them."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

COLUMNS = {
    "products": ("source_id",),
    "skus": ("source_id",),
    "orders": ("source_id",),
    "event_schemas": ("name_key",),
    "pictures": ("word", "digest"),
    "mail_templates": ("kind", "name_key"),
}


def upgrade() -> None:
    _order_by('"C"')


def downgrade() -> None:
    _order_by('"default"')


def _order_by(collation: str) -> None:
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"ALTER COLUMN {name} TYPE text COLLATE {collation}" for name in columns))
