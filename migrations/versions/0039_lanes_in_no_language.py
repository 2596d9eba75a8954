"""Lanes and the items of broken work are found by indexes that no language orders: an upgrade of ICU or glibc would break them."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

COLUMNS = {"dirty_customers": ("lane",), "broken_work": ("lane", "item")}


def upgrade() -> None:
    _order_by('"C"')


def downgrade() -> None:
    _order_by('"default"')


def _order_by(collation: str) -> None:
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"ALTER COLUMN {name} TYPE text COLLATE {collation}" for name in columns))
