"""Home shows this month beside the last one: quarters of an hour are summed again, from two months ago on."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM quarters WHERE kind = 'read'")


def downgrade() -> None:
    """The sums stay; the clock forgets those that are too old."""
