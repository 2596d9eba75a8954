"""What webhooks asked and were answered; since when a connection only fails, and when a replaced secret is forgotten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('exchanges',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('delivery_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('headers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('milliseconds', sa.Integer(), nullable=False),
    sa.Column('status', sa.SmallInteger(), nullable=True),
    sa.Column('answer_headers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('answer_body', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchanges'))
    )
    op.create_index('ix_exchanges_delivery', 'exchanges', ['delivery_id', 'id'])
    op.create_index('ix_exchanges_at', 'exchanges', ['at'])
    op.add_column('connections', sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True))
    op.add_column('connections', sa.Column('forget_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('connections', 'forget_at')
    op.drop_column('connections', 'failing_since')
    op.drop_table('exchanges')
