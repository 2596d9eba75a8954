"""A campaign that is joined once gives a customer one code: kept by an index, already while the code is only reserved.

Two distributions that reserve at the same time for the same customer would otherwise both send a code, and only the second
publication would notice, after the message has left.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('vouchers', sa.Column('once', sa.Boolean(), nullable=False, server_default=sa.text('false')))
    op.alter_column('vouchers', 'once', server_default=None)
    op.create_index(
        'uq_vouchers_once', 'vouchers', ['customer_id', 'campaign_id'], unique=True,
        postgresql_where=sa.text('once AND customer_id IS NOT NULL'),
    )


def downgrade() -> None:
    op.drop_index('uq_vouchers_once', 'vouchers')
    op.drop_column('vouchers', 'once')
