"""A connection of SMTP says how many mails one connection carries, by a name that means it."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

RENAME = """
    UPDATE connections SET config = config - '{old}' || jsonb_build_object('{new}', config->'{old}')
    WHERE provider = 'smtp' AND config ? '{old}'
"""


def upgrade() -> None:
    op.execute(RENAME.format(old="per_line", new="per_connection"))


def downgrade() -> None:
    op.execute(RENAME.format(old="per_connection", new="per_line"))
