"""Home shows fourteen days of messages and redeemed codes: found by their minute, without reading what is older."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_tallies_minute', 'tallies', ['minute'], unique=False)
    op.create_index('ix_vouchers_redeemed', 'vouchers', ['redeemed_at'], unique=False, postgresql_where=sa.text('redeemed_at IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('ix_vouchers_redeemed', table_name='vouchers')
    op.drop_index('ix_tallies_minute', table_name='tallies')
