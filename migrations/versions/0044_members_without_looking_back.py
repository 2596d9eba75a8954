"""Lists of members lose their foreign key to customers: a customer's row is never deleted, and looking it up cost more than writing the member."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("fk_segment_members_customer_id", "segment_members")


def downgrade() -> None:
    op.create_foreign_key("fk_segment_members_customer_id", "segment_members", "customers", ["customer_id"], ["id"])
