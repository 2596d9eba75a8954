"""Mails and blocks that were saved to begin others with, and the look of new mails."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("project", sa.Column("mail_look", JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.create_table(
        "mail_templates",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('mail', 'section')", name=op.f("ck_mail_templates_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_templates")),
        sa.UniqueConstraint("kind", "name_key", name=op.f("uq_mail_templates_kind_name_key")),
    )
    op.create_table(
        "mail_template_versions",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parts", JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["mail_templates.id"], name=op.f("fk_mail_template_versions_template_id_mail_templates"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("template_id", "version", name=op.f("pk_mail_template_versions")),
    )


def downgrade() -> None:
    op.drop_table("mail_template_versions")
    op.drop_table("mail_templates")
    op.drop_column("project", "mail_look")
