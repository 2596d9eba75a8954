"""Letters: account mail and notices wait in a table until a worker has sent them; their text is encrypted, for it holds one-time links."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('letters',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'open', 'sent', 'failed')", name=op.f('ck_letters_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letters'))
    )
    op.create_index('ix_letters_due', 'letters', ['due_at'], unique=False, postgresql_where=sa.text("state IN ('waiting', 'open')"))
    op.create_index('ix_audit_actor', 'audit', ['actor', 'id'], unique=False)
    op.create_index('ix_audit_command', 'audit', ['command', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_audit_command', table_name='audit')
    op.drop_index('ix_audit_actor', table_name='audit')
    op.drop_index('ix_letters_due', table_name='letters')
    op.drop_table('letters')
