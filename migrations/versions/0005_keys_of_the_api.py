"""Programs ask us with keys of their own: what each may do, and how much of its minute and day it has taken."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('api_keys',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('app_id', sa.Text(), nullable=False),
    sa.Column('token_digest', sa.Text(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('verbs', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('campaigns', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('addresses', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('per_minute', sa.Integer(), nullable=False),
    sa.Column('codes_per_day', sa.Integer(), nullable=True),
    sa.Column('may_create_customers', sa.Boolean(), nullable=False),
    sa.Column('fallback_code', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('app_id', name=op.f('uq_api_keys_app_id')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_api_keys_token_digest'))
    )
    op.create_table('api_key_windows',
    sa.Column('key_id', sa.Uuid(), nullable=False),
    sa.Column('span', sa.Text(), nullable=False),
    sa.Column('begins_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.CheckConstraint("span IN ('minute', 'day')", name=op.f('ck_api_key_windows_span')),
    sa.ForeignKeyConstraint(['key_id'], ['api_keys.id'], name=op.f('fk_api_key_windows_key_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('key_id', 'span', name=op.f('pk_api_key_windows'))
    )


def downgrade() -> None:
    op.drop_table('api_key_windows')
    op.drop_table('api_keys')
