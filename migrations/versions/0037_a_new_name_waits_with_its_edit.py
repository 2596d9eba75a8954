"""A name that is changed in an edit waits there, too, until the edit is applied."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("distributions", sa.Column("side_name", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("distributions", "side_name")
