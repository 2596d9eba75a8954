"""The first house: every table of the main job, an id function that sorts by time, and an audit trail that cannot be rewritten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

# PostgreSQL 18 has uuidv7(); 15 to 17 get the same bits: 48 of the time in ms, version 7, the rest random (RFC 9562).
UUID7 = '''
DO $do$ BEGIN
  IF current_setting('server_version_num')::int >= 180000 THEN
    CREATE FUNCTION largesse_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT uuidv7()';
  ELSE
    CREATE FUNCTION largesse_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $f$
      SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
    $f$;
  END IF;
END $do$
'''
APPEND_ONLY = '''
CREATE FUNCTION largesse_append_only() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $f$
'''


def upgrade() -> None:
    op.execute(UUID7)
    op.create_table('audit',
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('actor_name', sa.Text(), nullable=False),
    sa.Column('command', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('subject_name', sa.Text(), nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    op.create_index('ix_audit_subject', 'audit', ['subject', 'id'], unique=False)
    op.create_table('clock_offset',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('shift', sa.Interval(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_offset'))
    )
    op.create_table('connections',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('config', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('secrets', sa.LargeBinary(), nullable=False),
    sa.Column('receipt_word', sa.Text(), nullable=False),
    sa.Column('health', sa.Text(), nullable=False),
    sa.Column('health_reason', sa.Text(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_reason', sa.Text(), nullable=False),
    sa.Column('per_second', sa.Integer(), nullable=True),
    sa.Column('batch', sa.Integer(), nullable=True),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.CheckConstraint("health IN ('unknown', 'working', 'failing')", name=op.f('ck_connections_health')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_connections')),
    sa.UniqueConstraint('name_key', name=op.f('uq_connections_name_key')),
    sa.UniqueConstraint('receipt_word', name=op.f('uq_connections_receipt_word'))
    )
    op.create_table('customers',
    sa.Column('source_id', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), sa.Computed('lower(name)', persisted=True), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('email_key', sa.Text(), sa.Computed('lower(email)', persisted=True), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('email_hash', sa.Text(), nullable=False),
    sa.Column('phone_hash', sa.Text(), nullable=False),
    sa.Column('birthdate', sa.Date(), nullable=True),
    sa.Column('line1', sa.Text(), nullable=False),
    sa.Column('line2', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('postal_code', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('locale', sa.Text(), nullable=False),
    sa.Column('time_zone', sa.Text(), nullable=False),
    sa.Column('metadata', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('import_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customers')),
    sa.UniqueConstraint('source_id', name=op.f('uq_customers_source_id'))
    )
    op.create_index('ix_customers_email', 'customers', ['email_key', 'id'], unique=False, postgresql_where=sa.text("email_key <> ''"))
    op.create_index('ix_customers_email_hash', 'customers', ['email_hash'], unique=False, postgresql_where=sa.text("email_hash <> ''"))
    op.create_index('ix_customers_name', 'customers', ['name_key', 'id'], unique=False)
    op.create_index('ix_customers_phone', 'customers', ['phone'], unique=False, postgresql_where=sa.text("phone <> ''"))
    op.create_index('ix_customers_phone_hash', 'customers', ['phone_hash'], unique=False, postgresql_where=sa.text("phone_hash <> ''"))
    op.create_table('deliveries',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recipient_id', sa.Uuid(), nullable=False),
    sa.Column('distribution_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('connection_id', sa.Uuid(), nullable=False),
    sa.Column('lane', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), server_default='pending', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('address', sa.Text(), server_default='', nullable=False),
    sa.Column('slots', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ready_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('provider_id', sa.Text(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('clicked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('pending', 'ready', 'leased', 'open', 'polling', 'accepted', 'refused', 'unsure', 'skipped', 'delivered', 'bounced', 'complained')", name=op.f('ck_deliveries_state')),
    sa.PrimaryKeyConstraint('id', 'created_at', name=op.f('pk_deliveries')),
    postgresql_with={'fillfactor': '70'}
    )
    op.create_index('ix_deliveries_customer', 'deliveries', ['customer_id', 'id'], unique=False)
    op.create_index('ix_deliveries_distribution', 'deliveries', ['distribution_id', 'id'], unique=False)
    op.create_index('ix_deliveries_leased', 'deliveries', ['lease_until'], unique=False, postgresql_where=sa.text("state IN ('leased', 'open')"))
    op.create_index('ix_deliveries_provider', 'deliveries', ['connection_id', 'provider_id'], unique=False, postgresql_where=sa.text('provider_id IS NOT NULL'))
    op.create_index('ix_deliveries_ready', 'deliveries', ['distribution_id', 'channel', 'id'], unique=False, postgresql_where=sa.text("state = 'ready'"))
    op.create_index('ix_deliveries_recipient', 'deliveries', ['recipient_id'], unique=False)
    op.create_table('delivery_steps',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('delivery_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery_steps'))
    )
    op.create_index('ix_delivery_steps_delivery', 'delivery_steps', ['delivery_id', 'id'], unique=False)
    op.create_table('dirty_customers',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('facts', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('depth', sa.SmallInteger(), nullable=False),
    sa.Column('silent', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dirty_customers'))
    )
    op.create_table('distributions',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('trigger', sa.Text(), nullable=False),
    sa.Column('pause_reason', sa.Text(), nullable=False),
    sa.Column('pause_detail', sa.Text(), nullable=False),
    sa.Column('spec', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('side_spec', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('side_of_version', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('held_seconds', sa.Integer(), nullable=True),
    sa.Column('waits_for_revision', sa.Integer(), nullable=True),
    sa.Column('confirmed_late_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('run', sa.Uuid(), nullable=True),
    sa.Column('cursor', sa.Uuid(), nullable=True),
    sa.Column('fanned_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ceiling_per_hour', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.CheckConstraint("status IN ('draft', 'scheduled', 'sending', 'paused', 'done', 'stopped', 'live', 'ended')", name=op.f('ck_distributions_status')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_distributions')),
    sa.UniqueConstraint('name_key', name=op.f('uq_distributions_name_key'))
    )
    op.create_index('ix_distributions_unfinished', 'distributions', ['status', 'due_at'], unique=False, postgresql_where=sa.text("status IN ('scheduled', 'sending', 'live', 'paused')"))
    op.create_table('events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('depth', sa.SmallInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events'))
    )
    op.create_index('ix_events_customer', 'events', ['customer_id', 'id'], unique=False)
    op.create_index('ix_events_subject', 'events', ['subject_id', 'kind', 'id'], unique=False)
    op.create_table('jobs',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('done', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('cursor', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('report', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'canceled')", name=op.f('ck_jobs_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs'))
    )
    op.create_index('ix_jobs_open', 'jobs', ['id'], unique=False, postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.create_index('ix_jobs_subject', 'jobs', ['subject_id', 'id'], unique=False)
    op.create_table('metadata_fields',
    sa.Column('noun', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("type IN ('text', 'number', 'boolean', 'date', 'datetime')", name=op.f('ck_metadata_fields_type')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_metadata_fields')),
    sa.UniqueConstraint('noun', 'key', name=op.f('uq_metadata_fields_noun_key'))
    )
    op.create_table('notices',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('grave', sa.Boolean(), nullable=False),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('emailed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    op.create_index('ix_notices_unmailed', 'notices', ['id'], unique=False, postgresql_where=sa.text('emailed_at IS NULL AND resolved_at IS NULL'))
    op.create_index('uq_notices_open', 'notices', ['kind', 'subject'], unique=True, postgresql_where=sa.text('resolved_at IS NULL'))
    op.create_table('permissions',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('channels', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('wording', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_permissions')),
    sa.UniqueConstraint('name_key', name=op.f('uq_permissions_name_key'))
    )
    op.create_table('recipients',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('distribution_id', sa.Uuid(), nullable=False),
    sa.Column('once_key', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('lane', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='pending', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('voucher_id', sa.Uuid(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('depth', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stale_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("lane IN ('bulk', 'trigger')", name=op.f('ck_recipients_lane')),
    sa.CheckConstraint("state IN ('pending', 'ready', 'served', 'failed', 'skipped')", name=op.f('ck_recipients_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recipients')),
    postgresql_with={'fillfactor': '80'}
    )
    op.create_index('ix_recipients_customer', 'recipients', ['customer_id', 'id'], unique=False)
    op.create_index('ix_recipients_pending', 'recipients', ['distribution_id', 'id'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_index('uq_recipients_once', 'recipients', ['distribution_id', 'once_key', 'customer_id'], unique=True)
    op.create_table('rules',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('condition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rules'))
    )
    op.create_table('segments',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('condition', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('reads', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('depends_on', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('synced_revision', sa.Integer(), nullable=False),
    sa.Column('sync', sa.Text(), nullable=False),
    sa.Column('sync_done', sa.Integer(), nullable=False),
    sa.Column('sync_total', sa.Integer(), nullable=False),
    sa.Column('sync_error', sa.Text(), nullable=False),
    sa.Column('synced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('time_read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.CheckConstraint("(kind = 'dynamic') = (condition IS NOT NULL)", name=op.f('ck_segments_condition')),
    sa.CheckConstraint("kind IN ('manual', 'dynamic')", name=op.f('ck_segments_kind')),
    sa.CheckConstraint("sync IN ('syncing', 'synced', 'failed')", name=op.f('ck_segments_sync')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_segments')),
    sa.UniqueConstraint('name_key', name=op.f('uq_segments_name_key'))
    )
    op.create_table('senders',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('reply_to', sa.Text(), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_senders'))
    )
    op.create_index('uq_senders_default', 'senders', ['is_default'], unique=True, postgresql_where=sa.text('is_default'))
    op.create_table('sign_in_failures',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failures'))
    )
    op.create_index('ix_sign_in_failures_key', 'sign_in_failures', ['key', 'created_at'], unique=False)
    op.create_table('suppressions',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'hash', name=op.f('pk_suppressions'))
    )
    op.create_table('tallies',
    sa.Column('distribution_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('minute', sa.DateTime(timezone=True), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('distribution_id', 'channel', 'state', 'reason', 'minute', name=op.f('pk_tallies'))
    )
    op.create_table('tally_deltas',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('distribution_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('minute', sa.DateTime(timezone=True), nullable=False),
    sa.Column('delta', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tally_deltas'))
    )
    op.create_index('ix_tally_deltas_distribution', 'tally_deltas', ['distribution_id'], unique=False)
    op.create_table('users',
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('email_key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('password', sa.Text(), nullable=False),
    sa.Column('deactivated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('theme', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('inbox_seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.CheckConstraint("role IN ('admin', 'marketer', 'viewer')", name=op.f('ck_users_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email_key', name=op.f('uq_users_email_key'))
    )
    op.create_table('campaigns',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('discount', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_days', sa.Integer(), nullable=True),
    sa.Column('pattern', sa.Text(), nullable=False),
    sa.Column('charset', sa.Text(), nullable=False),
    sa.Column('auto_update', sa.Boolean(), nullable=False),
    sa.Column('join_once', sa.Boolean(), nullable=False),
    sa.Column('redemption_limit', sa.Integer(), nullable=True),
    sa.Column('rule_id', sa.Uuid(), nullable=True),
    sa.Column('segment_id', sa.Uuid(), nullable=True),
    sa.Column('metadata', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('generation', sa.Text(), nullable=False),
    sa.Column('wanted', sa.Integer(), nullable=False),
    sa.Column('generation_error', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.CheckConstraint("generation IN ('running', 'done', 'failed')", name=op.f('ck_campaigns_generation')),
    sa.CheckConstraint("kind IN ('discount', 'promotion', 'gift', 'loyalty', 'referral')", name=op.f('ck_campaigns_kind')),
    sa.CheckConstraint('redemption_limit IS NULL OR redemption_limit > 0', name=op.f('ck_campaigns_redemption_limit')),
    sa.ForeignKeyConstraint(['rule_id'], ['rules.id'], name=op.f('fk_campaigns_rule_id')),
    sa.ForeignKeyConstraint(['segment_id'], ['segments.id'], name=op.f('fk_campaigns_segment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaigns')),
    sa.UniqueConstraint('name_key', name=op.f('uq_campaigns_name_key'))
    )
    op.create_table('consent_log',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('permission_id', sa.Uuid(), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_consent_log_customer_id')),
    sa.ForeignKeyConstraint(['permission_id'], ['permissions.id'], name=op.f('fk_consent_log_permission_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_log'))
    )
    op.create_index('ix_consent_log_customer', 'consent_log', ['customer_id', 'id'], unique=False)
    op.create_table('consents',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('permission_id', sa.Uuid(), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_consents_customer_id')),
    sa.ForeignKeyConstraint(['permission_id'], ['permissions.id'], name=op.f('fk_consents_permission_id')),
    sa.PrimaryKeyConstraint('customer_id', 'permission_id', name=op.f('pk_consents'))
    )
    op.create_index('ix_consents_permission', 'consents', ['permission_id', 'customer_id'], unique=False, postgresql_where='given')
    op.create_table('distribution_versions',
    sa.Column('distribution_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('plan', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['distribution_id'], ['distributions.id'], name=op.f('fk_distribution_versions_distribution_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('distribution_id', 'version', name=op.f('pk_distribution_versions'))
    )
    op.create_table('event_work',
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('lane', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_work_event_id')),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_event_work'))
    )
    op.create_table('one_time_links',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('word', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("purpose IN ('invite', 'reset')", name=op.f('ck_one_time_links_purpose')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_one_time_links_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_links')),
    sa.UniqueConstraint('word', name=op.f('uq_one_time_links_word'))
    )
    op.create_index(op.f('ix_one_time_links_user_id'), 'one_time_links', ['user_id'], unique=False)
    op.create_table('rate_budgets',
    sa.Column('connection_id', sa.Uuid(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('second', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.Column('taken_by_bulk', sa.Integer(), nullable=False),
    sa.Column('wait_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['connection_id'], ['connections.id'], name=op.f('fk_rate_budgets_connection_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('connection_id', 'mode', name=op.f('pk_rate_budgets'))
    )
    op.create_table('raw_receipts',
    sa.Column('connection_id', sa.Uuid(), nullable=False),
    sa.Column('headers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['connection_id'], ['connections.id'], name=op.f('fk_raw_receipts_connection_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_raw_receipts'))
    )
    op.create_index('ix_raw_receipts_open', 'raw_receipts', ['id'], unique=False, postgresql_where=sa.text("state IN ('pending', 'unknown')"))
    op.create_table('segment_members',
    sa.Column('segment_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_segment_members_customer_id')),
    sa.ForeignKeyConstraint(['segment_id'], ['segments.id'], name=op.f('fk_segment_members_segment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('segment_id', 'customer_id', name=op.f('pk_segment_members'))
    )
    op.create_index('ix_segment_members_customer', 'segment_members', ['customer_id', 'segment_id'], unique=False)
    op.create_table('segment_size_deltas',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('segment_id', sa.Uuid(), nullable=False),
    sa.Column('delta', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['segment_id'], ['segments.id'], name=op.f('fk_segment_size_deltas_segment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_segment_size_deltas'))
    )
    op.create_index(op.f('ix_segment_size_deltas_segment_id'), 'segment_size_deltas', ['segment_id'], unique=False)
    op.create_table('test_sends',
    sa.Column('connection_id', sa.Uuid(), nullable=False),
    sa.Column('distribution_id', sa.Uuid(), nullable=True),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('parts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('sent_by', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['connection_id'], ['connections.id'], name=op.f('fk_test_sends_connection_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_test_sends'))
    )
    op.create_table('user_sessions',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('word', sa.Text(), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('agent', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_user_sessions_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_sessions')),
    sa.UniqueConstraint('word', name=op.f('uq_user_sessions_word'))
    )
    op.create_index(op.f('ix_user_sessions_user_id'), 'user_sessions', ['user_id'], unique=False)
    op.create_table('pool_counts',
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_pool_counts_campaign_id')),
    sa.PrimaryKeyConstraint('campaign_id', 'state', name=op.f('pk_pool_counts'))
    )
    op.create_table('pool_deltas',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('delta', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_pool_deltas_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pool_deltas'))
    )
    op.create_index(op.f('ix_pool_deltas_campaign_id'), 'pool_deltas', ['campaign_id'], unique=False)
    op.create_table('promotion_tiers',
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('banner', sa.Text(), nullable=False),
    sa.Column('discount', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rule_id', sa.Uuid(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_promotion_tiers_campaign_id')),
    sa.ForeignKeyConstraint(['rule_id'], ['rules.id'], name=op.f('fk_promotion_tiers_rule_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promotion_tiers')),
    sa.UniqueConstraint('campaign_id', 'name', name=op.f('uq_promotion_tiers_campaign_id_name'))
    )
    op.create_table('vouchers',
    sa.Column('id', sa.Uuid(), server_default=sa.text('largesse_uuid7()'), nullable=False),
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('recipient_id', sa.Uuid(), nullable=True),
    sa.Column('assigned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('redeemed', sa.Integer(), nullable=False),
    sa.Column('redeemed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('redeemed_minor', sa.BigInteger(), nullable=False),
    sa.Column('void_reason', sa.Text(), nullable=False),
    sa.Column('imported', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state <> 'assigned' OR (customer_id IS NOT NULL AND assigned_at IS NOT NULL)", name=op.f('ck_vouchers_assigned')),
    sa.CheckConstraint("state <> 'free' OR (customer_id IS NULL AND recipient_id IS NULL AND assigned_at IS NULL)", name=op.f('ck_vouchers_free')),
    sa.CheckConstraint("state <> 'reserved' OR (customer_id IS NOT NULL AND recipient_id IS NOT NULL)", name=op.f('ck_vouchers_reserved')),
    sa.CheckConstraint("state IN ('free', 'reserved', 'assigned', 'void')", name=op.f('ck_vouchers_state')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_vouchers_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vouchers')),
    postgresql_with={'fillfactor': '80'}
    )
    op.create_index('ix_vouchers_campaign', 'vouchers', ['campaign_id', 'id'], unique=False)
    op.create_index('ix_vouchers_customer', 'vouchers', ['customer_id', 'campaign_id'], unique=False, postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.create_index('ix_vouchers_free', 'vouchers', ['campaign_id', 'id'], unique=False, postgresql_where=sa.text("state = 'free'"))
    op.create_index('uq_vouchers_code', 'vouchers', [sa.literal_column('lower(code)')], unique=True)
    op.create_index('uq_vouchers_recipient', 'vouchers', ['recipient_id'], unique=True, postgresql_where=sa.text('recipient_id IS NOT NULL'))
    op.create_table('publications',
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('voucher_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('recipient_id', sa.Uuid(), nullable=True),
    sa.Column('distribution_id', sa.Uuid(), nullable=True),
    sa.Column('source_id', sa.Text(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('once', sa.Boolean(), nullable=False),
    sa.Column('metadata', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_publications_campaign_id')),
    sa.ForeignKeyConstraint(['voucher_id'], ['vouchers.id'], name=op.f('fk_publications_voucher_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publications')),
    sa.UniqueConstraint('voucher_id', name=op.f('uq_publications_voucher_id'))
    )
    op.create_index('ix_publications_customer', 'publications', ['customer_id', 'id'], unique=False)
    op.create_index('ix_publications_distribution', 'publications', ['distribution_id', 'id'], unique=False, postgresql_where=sa.text('distribution_id IS NOT NULL'))
    op.create_index('uq_publications_once', 'publications', ['campaign_id', 'customer_id'], unique=True, postgresql_where=sa.text('once'))
    op.create_index('uq_publications_recipient', 'publications', ['recipient_id'], unique=True, postgresql_where=sa.text('recipient_id IS NOT NULL'))
    op.create_index('uq_publications_source', 'publications', ['campaign_id', 'customer_id', 'source_id'], unique=True, postgresql_where=sa.text('source_id IS NOT NULL'))
    op.create_table('project',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand', sa.Text(), nullable=False),
    sa.Column('public_url', sa.Text(), nullable=False),
    sa.Column('postal_address', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('dial_code', sa.Text(), nullable=False),
    sa.Column('notice_addresses', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('system_connection_id', sa.Uuid(), nullable=True),
    sa.Column('shop_link', sa.Text(), nullable=False),
    sa.Column('send_delay_minutes', sa.Integer(), nullable=False),
    sa.Column('default_permission_id', sa.Uuid(), nullable=True),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('data_mark', sa.Text(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_project_one')),
    sa.ForeignKeyConstraint(['default_permission_id'], ['permissions.id'], name='fk_project_permission', use_alter=True),
    sa.ForeignKeyConstraint(['system_connection_id'], ['connections.id'], name='fk_project_system', use_alter=True),
    sa.ForeignKeyConstraint(['system_connection_id'], ['connections.id'], name=op.f('fk_project_system_connection_id')),
    sa.ForeignKeyConstraint(['default_permission_id'], ['permissions.id'], name=op.f('fk_project_default_permission_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_project'))
    )
    op.execute(APPEND_ONLY)
    for table in ('audit', 'consent_log'):
        op.execute(f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION largesse_append_only()')
    # Queue-like tables: plan for what is in them now, not for what was there at the last analyze.
    for table in ('deliveries', 'recipients', 'vouchers', 'event_work', 'dirty_customers', 'tally_deltas', 'pool_deltas'):
        op.execute(f'ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05)')


def downgrade() -> None:
    op.drop_table('project')
    op.drop_index('uq_publications_source', table_name='publications', postgresql_where=sa.text('source_id IS NOT NULL'))
    op.drop_index('uq_publications_recipient', table_name='publications', postgresql_where=sa.text('recipient_id IS NOT NULL'))
    op.drop_index('uq_publications_once', table_name='publications', postgresql_where=sa.text('once'))
    op.drop_index('ix_publications_distribution', table_name='publications', postgresql_where=sa.text('distribution_id IS NOT NULL'))
    op.drop_index('ix_publications_customer', table_name='publications')
    op.drop_table('publications')
    op.drop_index('uq_vouchers_recipient', table_name='vouchers', postgresql_where=sa.text('recipient_id IS NOT NULL'))
    op.drop_index('uq_vouchers_code', table_name='vouchers')
    op.drop_index('ix_vouchers_free', table_name='vouchers', postgresql_where=sa.text("state = 'free'"))
    op.drop_index('ix_vouchers_customer', table_name='vouchers', postgresql_where=sa.text('customer_id IS NOT NULL'))
    op.drop_index('ix_vouchers_campaign', table_name='vouchers')
    op.drop_table('vouchers')
    op.drop_table('promotion_tiers')
    op.drop_index(op.f('ix_pool_deltas_campaign_id'), table_name='pool_deltas')
    op.drop_table('pool_deltas')
    op.drop_table('pool_counts')
    op.drop_index(op.f('ix_user_sessions_user_id'), table_name='user_sessions')
    op.drop_table('user_sessions')
    op.drop_table('test_sends')
    op.drop_index(op.f('ix_segment_size_deltas_segment_id'), table_name='segment_size_deltas')
    op.drop_table('segment_size_deltas')
    op.drop_index('ix_segment_members_customer', table_name='segment_members')
    op.drop_table('segment_members')
    op.drop_index('ix_raw_receipts_open', table_name='raw_receipts', postgresql_where=sa.text("state IN ('pending', 'unknown')"))
    op.drop_table('raw_receipts')
    op.drop_table('rate_budgets')
    op.drop_index(op.f('ix_one_time_links_user_id'), table_name='one_time_links')
    op.drop_table('one_time_links')
    op.drop_table('event_work')
    op.drop_table('distribution_versions')
    op.drop_index('ix_consents_permission', table_name='consents', postgresql_where='given')
    op.drop_table('consents')
    op.drop_index('ix_consent_log_customer', table_name='consent_log')
    op.drop_table('consent_log')
    op.drop_table('campaigns')
    op.drop_table('users')
    op.drop_index('ix_tally_deltas_distribution', table_name='tally_deltas')
    op.drop_table('tally_deltas')
    op.drop_table('tallies')
    op.drop_table('suppressions')
    op.drop_index('ix_sign_in_failures_key', table_name='sign_in_failures')
    op.drop_table('sign_in_failures')
    op.drop_index('uq_senders_default', table_name='senders', postgresql_where=sa.text('is_default'))
    op.drop_table('senders')
    op.drop_table('segments')
    op.drop_table('rules')
    op.drop_index('uq_recipients_once', table_name='recipients')
    op.drop_index('ix_recipients_pending', table_name='recipients', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index('ix_recipients_customer', table_name='recipients')
    op.drop_table('recipients')
    op.drop_table('permissions')
    op.drop_index('uq_notices_open', table_name='notices', postgresql_where=sa.text('resolved_at IS NULL'))
    op.drop_index('ix_notices_unmailed', table_name='notices', postgresql_where=sa.text('emailed_at IS NULL AND resolved_at IS NULL'))
    op.drop_table('notices')
    op.drop_table('metadata_fields')
    op.drop_index('ix_jobs_subject', table_name='jobs')
    op.drop_index('ix_jobs_open', table_name='jobs', postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.drop_table('jobs')
    op.drop_index('ix_events_subject', table_name='events')
    op.drop_index('ix_events_customer', table_name='events')
    op.drop_table('events')
    op.drop_index('ix_distributions_unfinished', table_name='distributions', postgresql_where=sa.text("status IN ('scheduled', 'sending', 'live', 'paused')"))
    op.drop_table('distributions')
    op.drop_table('dirty_customers')
    op.drop_index('ix_delivery_steps_delivery', table_name='delivery_steps')
    op.drop_table('delivery_steps')
    op.drop_index('ix_deliveries_recipient', table_name='deliveries')
    op.drop_index('ix_deliveries_ready', table_name='deliveries', postgresql_where=sa.text("state = 'ready'"))
    op.drop_index('ix_deliveries_provider', table_name='deliveries', postgresql_where=sa.text('provider_id IS NOT NULL'))
    op.drop_index('ix_deliveries_leased', table_name='deliveries', postgresql_where=sa.text("state IN ('leased', 'open')"))
    op.drop_index('ix_deliveries_distribution', table_name='deliveries')
    op.drop_index('ix_deliveries_customer', table_name='deliveries')
    op.drop_table('deliveries')
    op.drop_index('ix_customers_phone_hash', table_name='customers', postgresql_where=sa.text("phone_hash <> ''"))
    op.drop_index('ix_customers_phone', table_name='customers', postgresql_where=sa.text("phone <> ''"))
    op.drop_index('ix_customers_name', table_name='customers')
    op.drop_index('ix_customers_email_hash', table_name='customers', postgresql_where=sa.text("email_hash <> ''"))
    op.drop_index('ix_customers_email', table_name='customers', postgresql_where=sa.text("email_key <> ''"))
    op.drop_table('customers')
    op.drop_table('connections')
    op.drop_table('clock_offset')
    op.drop_index('ix_audit_subject', table_name='audit')
    op.drop_table('audit')
    op.execute('DROP FUNCTION largesse_append_only')
    op.execute('DROP FUNCTION largesse_uuid7')
