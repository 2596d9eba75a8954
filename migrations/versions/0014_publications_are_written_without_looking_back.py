"""Publications lose their foreign keys: what they name is never deleted, and checking it cost a third of giving a code."""

from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint('fk_publications_campaign_id', 'publications')
    op.drop_constraint('fk_publications_voucher_id', 'publications')


def downgrade() -> None:
    op.create_foreign_key('fk_publications_voucher_id', 'publications', 'vouchers', ['voucher_id'], ['id'])
    op.create_foreign_key('fk_publications_campaign_id', 'publications', 'campaigns', ['campaign_id'], ['id'])
