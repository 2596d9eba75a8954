"""Files are of customers or of orders."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer_imports", sa.Column("of", sa.Text(), server_default="customers", nullable=False))
    op.create_check_constraint(op.f("ck_customer_imports_of"), "customer_imports", "\"of\" IN ('customers', 'orders')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_customer_imports_of"), "customer_imports")
    op.drop_column("customer_imports", "of")
