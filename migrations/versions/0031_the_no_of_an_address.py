"""The no of an address: what it said no to is remembered beside the customer's own word, by its hash.

Those who have withdrawn a permission until now say no by the address they have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

C = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "address_opt_outs",
        sa.Column("permission_id", sa.Uuid, sa.ForeignKey("permissions.id"), primary_key=True),
        sa.Column("kind", C, primary_key=True),
        sa.Column("hash", C, primary_key=True),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_address_opt_outs_hash", "address_opt_outs", ["hash"])
    op.execute("""
        INSERT INTO address_opt_outs (permission_id, kind, hash, how, created_at)
        SELECT DISTINCT ON (k.permission_id, a.kind, a.hash) k.permission_id, a.kind, a.hash, k.how, k.at
        FROM consents k JOIN customers c ON c.id = k.customer_id CROSS JOIN LATERAL (
            SELECT 'email' AS kind, c.email_hash AS hash WHERE c.email_hash <> ''
            UNION ALL SELECT 'phone', c.phone_hash WHERE c.email_hash = '' AND c.phone_hash <> '') AS a
        WHERE NOT k.given ORDER BY k.permission_id, a.kind, a.hash, k.at""")


def downgrade() -> None:
    op.drop_table("address_opt_outs")
