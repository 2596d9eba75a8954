"""The keys of two queues are compared by code points, as all others: no language and no new release of ICU or glibc changes their order."""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0037"
branch_labels = None
depends_on = None

COLUMNS = (("dirty_customers", "lane"), ("broken_work", "lane"), ("broken_work", "item"))


def upgrade() -> None:
    _compared_by("C")


def downgrade() -> None:
    _compared_by("default")


def _compared_by(collation: str) -> None:
    for table, column in COLUMNS:
        op.alter_column(table, column, type_=sa.Text(collation=collation), existing_nullable=False)
