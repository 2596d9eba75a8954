"""Opt-outs are told to platforms that want to know: a switch of each connection, off, and a row for each address and connection."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

C = sa.Text(collation="C")


def upgrade() -> None:
    op.add_column("connections", sa.Column("tells_opt_outs", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.create_table(
        "opt_outs_to_tell",
        sa.Column("connection_id", sa.Uuid, sa.ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", C, primary_key=True),
        sa.Column("hash", C, primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint("state IN ('waiting', 'told', 'failed')", name="state"),
    )
    op.create_index("ix_opt_outs_to_tell_due", "opt_outs_to_tell", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("opt_outs_to_tell")
    op.drop_column("connections", "tells_opt_outs")
