"""Kinds of campaigns are modules, not a list in the database; each may keep settings of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'campaigns',
        sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.drop_constraint(op.f('ck_campaigns_kind'), 'campaigns')


def downgrade() -> None:
    op.create_check_constraint(
        op.f('ck_campaigns_kind'), 'campaigns', "kind IN ('discount', 'promotion', 'gift', 'loyalty', 'referral')"
    )
    op.drop_column('campaigns', 'settings')
