"""Codes are given in place: being free is a column of its own, so that reserved -> assigned touches no index (heap-only updates).

An index whose condition names `state` would forbid them. Pages are left half empty for the two versions that follow. The unique index
on the recipient goes: a recipient's own row names its one voucher, and the reservation demands that it named none before.
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('vouchers', sa.Column('is_free', sa.Boolean(), nullable=False, server_default=sa.text('true')))
    op.execute("UPDATE vouchers SET is_free = false WHERE state <> 'free'")
    op.create_check_constraint('is_free', 'vouchers', "is_free = (state = 'free')")
    op.drop_index('ix_vouchers_free', 'vouchers')
    op.drop_index('uq_vouchers_recipient', 'vouchers')
    op.create_index('ix_vouchers_free', 'vouchers', ['campaign_id', 'id'], postgresql_where=sa.text('is_free'))
    op.execute('ALTER TABLE vouchers SET (fillfactor = 55)')


def downgrade() -> None:
    op.execute('ALTER TABLE vouchers SET (fillfactor = 80)')
    op.drop_index('ix_vouchers_free', 'vouchers')
    op.create_index('uq_vouchers_recipient', 'vouchers', ['recipient_id'], unique=True, postgresql_where=sa.text('recipient_id IS NOT NULL'))
    op.create_index('ix_vouchers_free', 'vouchers', ['campaign_id', 'id'], postgresql_where=sa.text("state = 'free'"))
    op.drop_constraint(op.f('ck_vouchers_is_free'), 'vouchers')
    op.drop_column('vouchers', 'is_free')
