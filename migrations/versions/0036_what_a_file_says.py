"""What a file says before it is taken, mappings that are remembered by their header, and how many customers carry a key of metadata.

Adds columns and a table; no row is rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer_imports", sa.Column("findings", JSONB(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("customer_imports", sa.Column("check_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_customer_imports_check_id_jobs"), "customer_imports", "jobs", ["check_id"], ["id"])
    op.create_table(
        "import_mappings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("header_key", sa.Text(collation="C"), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("reading", JSONB(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint("header_key", name=op.f("uq_import_mappings_header_key")),
    )
    op.add_column("metadata_fields", sa.Column("customers", sa.BigInteger(), nullable=True))
    op.add_column("metadata_fields", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("counted_at", "customers"):
        op.drop_column("metadata_fields", column)
    op.drop_table("import_mappings")
    op.drop_constraint(op.f("fk_customer_imports_check_id_jobs"), "customer_imports", type_="foreignkey")
    op.drop_column("customer_imports", "check_id")
    op.drop_column("customer_imports", "findings")
