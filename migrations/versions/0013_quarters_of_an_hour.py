"""Quarters: what was sent and given is summed by fifteen minutes, so that two weeks are read at once."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('quarters',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'at', 'subject_id', name=op.f('pk_quarters'))
    )


def downgrade() -> None:
    op.drop_table('quarters')
