"""Keep what a platform said is missing there.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add prerequisites."""
    op.create_table(
        "prerequisites",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_prerequisites_connection_id_connections"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", "question", name=op.f("pk_prerequisites")),
    )
    op.create_index("ix_prerequisites_checked", "prerequisites", ["checked_at"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("prerequisites")
