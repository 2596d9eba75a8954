"""How long history is kept is chosen by the project; passes that forget remember how far they came. The audit trail is still append-only
for everybody but the pass that forgets what is older than the project keeps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION largesse_append_only() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit' AND current_setting('largesse.forgetting', true) = 'audit' THEN RETURN OLD; END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $f$
"""
STRICTER = """
CREATE OR REPLACE FUNCTION largesse_append_only() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $f$
"""


def upgrade() -> None:
    op.add_column("project", sa.Column("retention", postgresql.JSONB(), server_default="{}", nullable=False))
    op.create_table(
        "purge_progress",
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("upto", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_purge_progress"),
    )
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.execute(STRICTER)
    op.drop_table("purge_progress")
    op.drop_column("project", "retention")
