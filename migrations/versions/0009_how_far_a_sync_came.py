"""A running sync says at its segment how far it came, and marks of changed customers are read loud ones first.

The cursor lets a change of a customer whom the sync has not reached stay silent; the index keeps one edit from waiting behind an import.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("segments", sa.Column("sync_cursor", sa.Uuid(), nullable=True))
    op.add_column("segments", sa.Column("sync_reacts", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index("ix_dirty_customers_loud", "dirty_customers", ["silent", "id"])


def downgrade() -> None:
    op.drop_index("ix_dirty_customers_loud", "dirty_customers")
    op.drop_column("segments", "sync_reacts")
    op.drop_column("segments", "sync_cursor")
