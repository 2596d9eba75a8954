"""Codes that come from elsewhere, and go there: uploaded lists, what was said about their lines, and uses that the shop reported."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('code_files',
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('uploaded_by', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('codes', 'used')", name=op.f('ck_code_files_kind')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_code_files_campaign_id')),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], name=op.f('fk_code_files_job_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code_files'))
    )
    op.create_index('ix_code_files_campaign_id', 'code_files', ['campaign_id'])
    # Uncompressed, so that a slice from the middle is read without unpacking all before it.
    op.execute('ALTER TABLE code_files ALTER COLUMN content SET STORAGE EXTERNAL')
    op.create_table('code_remarks',
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.BigInteger(), nullable=False),
    sa.Column('cell', sa.Text(), nullable=False),
    sa.Column('left_out', sa.Boolean(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['code_files.id'], name=op.f('fk_code_remarks_file_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('file_id', 'line', name=op.f('pk_code_remarks'))
    )
    op.create_table('voucher_uses',
    sa.Column('voucher_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['voucher_id'], ['vouchers.id'], name=op.f('fk_voucher_uses_voucher_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_voucher_uses_campaign_id')),
    sa.PrimaryKeyConstraint('voucher_id', 'at', name=op.f('pk_voucher_uses'))
    )
    op.create_index('ix_voucher_uses_campaign_id', 'voucher_uses', ['campaign_id'])
    op.create_index('ix_vouchers_used', 'vouchers', ['campaign_id', 'id'], postgresql_where=sa.text('redeemed > 0'))
    op.create_index('ix_vouchers_void', 'vouchers', ['campaign_id', 'id'], postgresql_where=sa.text("void_reason <> ''"))


def downgrade() -> None:
    op.drop_index('ix_vouchers_void', 'vouchers')
    op.drop_index('ix_vouchers_used', 'vouchers')
    op.drop_table('voucher_uses')
    op.drop_table('code_remarks')
    op.drop_table('code_files')
