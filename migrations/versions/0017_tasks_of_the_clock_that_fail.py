"""Which tasks of the clock fail, how often in a row, and why: `largesse doctor` names them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("clock_tasks", "ran_at", nullable=True)
    op.add_column("clock_tasks", sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.add_column("clock_tasks", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("clock_tasks", sa.Column("error", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("clock_tasks", "error")
    op.drop_column("clock_tasks", "failed_at")
    op.drop_column("clock_tasks", "failures")
    op.execute("DELETE FROM clock_tasks WHERE ran_at IS NULL")
    op.alter_column("clock_tasks", "ran_at", nullable=False)
