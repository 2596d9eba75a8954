"""The sandbox inbox asks which distributions send by a connection, without opening every plan; and it can be emptied."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column(
        'connections',
        postgresql.JSONB(astext_type=sa.Text()),
        sa.Computed("jsonb_path_query_array(plan, '$.channels[*].connection_id')", persisted=True),
    )
    op.add_column('distribution_versions', column)
    op.create_index('ix_distribution_versions_connections', 'distribution_versions', ['connections'], unique=False, postgresql_using='gin')
    op.add_column('project', sa.Column('inbox_emptied_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('project', 'inbox_emptied_at')
    op.drop_index('ix_distribution_versions_connections', table_name='distribution_versions')
    op.drop_column('distribution_versions', 'connections')
