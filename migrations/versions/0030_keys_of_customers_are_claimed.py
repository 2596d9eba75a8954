"""Keys of customers are claimed before somebody is added, so that two who add the same one at once become one.

The table is empty whenever it is looked at: rows live inside the transaction that wrote them. It is unlogged, for nothing in it outlives a crash.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("customer_claims", sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False), prefixes=["UNLOGGED"])
    op.execute("ALTER TABLE customer_claims SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)")


def downgrade() -> None:
    op.drop_table("customer_claims")
