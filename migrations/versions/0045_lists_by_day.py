"""Lists of a million rows are asked for days and for what is missing: when customers came and something was done, and who has no address.

An index of an expression with a collation of its own has statistics that PostgreSQL does not find again: without them it takes a country
for one of two hundred, whatever is there. Statistics on the same expressions are found.

Building them takes a few seconds for a million customers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_customers_created", "customers", ["created_at", "id"])
    op.create_index("ix_customers_no_email", "customers", ["id"], postgresql_where=sa.text("email_key = ''"))
    op.create_index("ix_customers_no_phone", "customers", ["id"], postgresql_where=sa.text("phone = ''"))
    op.execute("""
        CREATE STATISTICS customers_place (mcv, ndistinct) ON (largesse_fold(country) COLLATE "C"), (largesse_fold(city) COLLATE "C")
        FROM customers""")
    op.create_index("ix_audit_created", "audit", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_created", "audit")
    op.execute("DROP STATISTICS customers_place")
    for name in ("no_phone", "no_email", "created"):
        op.drop_index(f"ix_customers_{name}", "customers")
