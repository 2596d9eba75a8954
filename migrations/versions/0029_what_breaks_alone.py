"""What breaks alone is written down and passed over; marks of changed facts carry their lane; queues are vacuumed by settings of their own."""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

QUEUES = ('dirty_customers', 'event_work', 'raw_receipts', 'tally_deltas', 'pool_deltas', 'segment_size_deltas', 'delivery_claims', 'letters',
          'outgoing_webhooks')
"""Tables whose rows come and go: vacuumed after so many dead rows, however large the table once was, and analyzed as often."""


def upgrade() -> None:
    op.create_table(
        'broken_work',
        sa.Column('lane', sa.Text(), nullable=False),
        sa.Column('item', sa.Text(), nullable=False),
        sa.Column('error', sa.Text(), nullable=False),
        sa.Column('reference', sa.Text(), nullable=False),
        sa.Column('times', sa.Integer(), server_default='1', nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_broken_work')),
        sa.UniqueConstraint('lane', 'item', name=op.f('uq_broken_work_lane_item')),
    )
    op.add_column('dirty_customers', sa.Column('lane', sa.Text(), server_default='trigger', nullable=False))
    op.execute("UPDATE dirty_customers SET lane = 'bulk' WHERE silent")
    op.drop_index('ix_dirty_customers_loud', table_name='dirty_customers')
    op.create_index('ix_dirty_customers_lane', 'dirty_customers', ['lane', 'id'])
    op.create_index('ix_dirty_customers_customer_id', 'dirty_customers', ['customer_id'])
    for table in QUEUES:
        op.execute(f"""ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
            autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 2000, autovacuum_vacuum_cost_delay = 0)""")


def downgrade() -> None:
    for table in QUEUES:
        op.execute(f"""ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
            autovacuum_analyze_scale_factor, autovacuum_analyze_threshold, autovacuum_vacuum_cost_delay)""")
    op.drop_index('ix_dirty_customers_customer_id', table_name='dirty_customers')
    op.drop_index('ix_dirty_customers_lane', table_name='dirty_customers')
    op.create_index('ix_dirty_customers_loud', 'dirty_customers', ['silent', 'id'])
    op.drop_column('dirty_customers', 'lane')
    op.drop_table('broken_work')
