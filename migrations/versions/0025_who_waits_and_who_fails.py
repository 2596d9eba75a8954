"""Why a mode waits, how many of its calls failed in a row, and when the next one may try."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rate_budgets", sa.Column("wait_reason", sa.Text(), server_default="", nullable=False))
    op.add_column("rate_budgets", sa.Column("bad_calls", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rate_budgets", sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rate_budgets", sa.Column("failing_reason", sa.Text(), server_default="", nullable=False))
    op.add_column("rate_budgets", sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rate_budgets", sa.Column("turn_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("turn_until", "probe_at", "failing_reason", "failing_since", "bad_calls", "wait_reason"):
        op.drop_column("rate_budgets", column)
