"""Imports of customers: the uploaded file and what there was to say about its lines. City and country can be filtered by an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('customer_imports',
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reading', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('uploaded_by', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.CheckConstraint("state IN ('uploaded', 'started', 'discarded')", name=op.f('ck_customer_imports_state')),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], name=op.f('fk_customer_imports_job_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_imports'))
    )
    op.create_table('import_remarks',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('import_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.BigInteger(), nullable=False),
    sa.Column('left_out', sa.Boolean(), nullable=False),
    sa.Column('while_merging', sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column('column', sa.Text(), nullable=False, server_default=''),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('cells', postgresql.ARRAY(sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['import_id'], ['customer_imports.id'], name=op.f('fk_import_remarks_import_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_remarks'))
    )
    op.create_index('ix_import_remarks_line', 'import_remarks', ['import_id', 'line', 'id'], unique=False)
    op.create_index('ix_customers_city', 'customers', [sa.literal_column('lower(city)'), 'id'], unique=False, postgresql_where=sa.text("city <> ''"))
    op.create_index('ix_customers_country', 'customers', [sa.literal_column('lower(country)'), 'id'], unique=False, postgresql_where=sa.text("country <> ''"))


def downgrade() -> None:
    op.drop_index('ix_customers_country', table_name='customers')
    op.drop_index('ix_customers_city', table_name='customers')
    op.drop_index('ix_import_remarks_line', table_name='import_remarks')
    op.drop_table('import_remarks')
    op.drop_table('customer_imports')
