"""Deliveries are held by claims, one row a batch, and what waits is marked beside the state: later changes then touch fewer indexes.

Also the row whose lease makes one clock of many the leading one.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recipients", sa.Column("waits", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("recipients", sa.Column("prepared", sa.SmallInteger(), server_default="0", nullable=False))
    op.execute("UPDATE recipients SET waits = false WHERE state <> 'pending'")
    op.create_check_constraint("waits", "recipients", "waits = (state = 'pending')")
    op.drop_index("ix_recipients_pending", table_name="recipients")
    op.create_index("ix_recipients_waiting", "recipients", ["distribution_id", "lane", "id"], postgresql_where=sa.text("waits"))

    op.drop_index("ix_deliveries_ready", table_name="deliveries")
    op.drop_index("ix_deliveries_leased", table_name="deliveries")
    op.drop_index("ix_deliveries_recipient", table_name="deliveries")
    op.drop_column("deliveries", "lease_until")
    op.create_index("uq_deliveries_recipient", "deliveries", ["recipient_id", "channel", "created_at"], unique=True)
    op.create_index("ix_deliveries_due", "deliveries", ["distribution_id", "lane", "due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))

    op.create_table(
        "delivery_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("distribution_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("deliveries", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repeat_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('leased', 'open')", name=op.f("ck_delivery_claims_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_claims")),
    )
    op.create_index("ix_delivery_claims_lease", "delivery_claims", ["lease_until"])
    op.create_index("ix_delivery_claims_distribution", "delivery_claims", ["distribution_id"])
    op.create_table(
        "clock_leader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_leader")),
    )
    op.create_table(
        "clock_tasks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_tasks")),
    )


def downgrade() -> None:
    op.drop_table("clock_tasks")
    op.drop_table("clock_leader")
    op.drop_table("delivery_claims")
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.drop_index("uq_deliveries_recipient", table_name="deliveries")
    op.add_column("deliveries", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_deliveries_recipient", "deliveries", ["recipient_id"])
    op.create_index("ix_deliveries_leased", "deliveries", ["lease_until"], postgresql_where=sa.text("state IN ('leased', 'open')"))
    op.create_index("ix_deliveries_ready", "deliveries", ["distribution_id", "channel", "id"], postgresql_where=sa.text("state = 'ready'"))
    op.drop_index("ix_recipients_waiting", table_name="recipients")
    op.create_index("ix_recipients_pending", "recipients", ["distribution_id", "id"], postgresql_where=sa.text("state = 'pending'"))
    op.drop_constraint(op.f("ck_recipients_waits"), "recipients")
    op.drop_column("recipients", "prepared")
    op.drop_column("recipients", "waits")
