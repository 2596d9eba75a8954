"""What a distribution waits for stands in columns, so that an event finds it without opening every plan; dates remember how far was looked.

The only place that names keys of triggers outside their own modules: what was launched before is filled in from them.
"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

FILLED = """
    UPDATE distributions d SET wakes_on = t.wakes_on, about_noun = t.noun, about_id = CAST(v.plan->>t.field AS uuid)
    FROM distribution_versions v, (VALUES
        ('segment_entered', 'customer.segment.entered', 'segment', 'segment_id'),
        ('segment_left', 'customer.segment.left', 'segment', 'segment_id'),
        ('published', 'customer.publication.succeeded', 'campaign', 'trigger_campaign_id')) AS t (key, wakes_on, noun, field)
    WHERE v.distribution_id = d.id AND v.version = d.version AND t.key = v.plan->>'trigger'
"""


def upgrade() -> None:
    op.add_column('distributions', sa.Column('live', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('distributions', sa.Column('wakes_on', sa.Text(), server_default='', nullable=False))
    op.add_column('distributions', sa.Column('about_noun', sa.Text(), server_default='', nullable=False))
    op.add_column('distributions', sa.Column('about_id', sa.Uuid(), nullable=True))
    op.execute("UPDATE distributions SET live = trigger IN ('segment_entered', 'segment_left', 'published')")
    op.execute(FILLED)
    op.create_index('ix_distributions_waiting', 'distributions', ['wakes_on', 'about_id'],
                    postgresql_where=sa.text("status IN ('live', 'paused')"))
    op.create_table('looked_until',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kind', name=op.f('pk_looked_until'))
    )


def downgrade() -> None:
    op.drop_table('looked_until')
    op.drop_index('ix_distributions_waiting', table_name='distributions')
    for column in ('about_id', 'about_noun', 'wakes_on', 'live'):
        op.drop_column('distributions', column)
