"""Which mailbox of returned mails is looked into when, and what was found there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_alone", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_ids", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_mailboxes_connection_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("connection_id", name="pk_mailboxes"),
    )
    op.create_index("ix_mailboxes_due_at", "mailboxes", ["due_at"])


def downgrade() -> None:
    op.drop_table("mailboxes")
