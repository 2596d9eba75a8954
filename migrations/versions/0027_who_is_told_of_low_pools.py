"""Who is told when a pool falls below a threshold, and what is posted of our own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pool_alerts",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.Column("addresses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("armed", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("below > 0", name=op.f("ck_pool_alerts_below")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_pool_alerts_campaign_id_campaigns"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_pool_alerts_connection_id_connections")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_pool_alerts")),
    )
    op.create_table(
        "outgoing_webhooks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'open', 'sent', 'failed')", name=op.f("ck_outgoing_webhooks_state")),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_outgoing_webhooks_connection_id_connections")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_webhooks")),
    )
    op.create_index(
        "ix_outgoing_webhooks_due", "outgoing_webhooks", ["due_at"], postgresql_where=sa.text("state IN ('waiting', 'open')")
    )


def downgrade() -> None:
    op.drop_table("outgoing_webhooks")
    op.drop_table("pool_alerts")
