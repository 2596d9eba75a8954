"""Soft bounces, which a delivery outranks; and which events of a post wait for their message, so that the known ones are applied once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("soft", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("raw_receipts", sa.Column("waiting", JSONB(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("raw_receipts", "waiting")
    op.drop_column("deliveries", "soft")
