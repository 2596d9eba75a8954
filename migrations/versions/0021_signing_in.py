"""Sessions that wait for a code, second factors with recovery codes, and tries that are counted before they are judged."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('user_sessions', sa.Column('waits_for_code', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column('user_sessions', 'waits_for_code', server_default=None)
    op.add_column('project', sa.Column('second_factor_required', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column('project', 'second_factor_required', server_default=None)
    op.create_table('second_factors',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_second_factors_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_second_factors'))
    )
    op.create_table('recovery_codes',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recovery_codes_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('code', name=op.f('uq_recovery_codes_code'))
    )
    op.create_index(op.f('ix_recovery_codes_user_id'), 'recovery_codes', ['user_id'])
    op.create_table('tries',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('free_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_tries'))
    )
    op.create_index(op.f('ix_tries_last_at'), 'tries', ['last_at'])
    op.drop_table('sign_in_failures')


def downgrade() -> None:
    op.create_table('sign_in_failures',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failures'))
    )
    op.create_index('ix_sign_in_failures_key', 'sign_in_failures', ['key', 'created_at'])
    op.drop_table('tries')
    op.drop_table('recovery_codes')
    op.drop_table('second_factors')
    op.drop_column('project', 'second_factor_required')
    op.drop_column('user_sessions', 'waits_for_code')
