"""Sent counts what a provider accepted: what is unsure, or still in a job of theirs, stands apart.

One pass over `deliveries` for the counts, and one over those that are unsure.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_DOUBT = """
    WITH doubtful AS (
        SELECT DISTINCT recipient_id AS id FROM deliveries d WHERE d.state = 'unsure' AND NOT EXISTS (
            SELECT FROM deliveries o WHERE o.recipient_id = d.recipient_id
              AND o.state IN ('accepted', 'polling', 'delivered', 'bounced', 'complained'))),
    changed AS (
        UPDATE recipients r SET reason = {after} FROM doubtful WHERE r.id = doubtful.id AND r.state = 'served' AND r.reason = {before}
        RETURNING r.distribution_id, r.created_at)
    INSERT INTO tally_deltas (distribution_id, channel, state, reason, minute, delta)
    SELECT distribution_id, '', 'served', sides.reason, date_trunc('minute', created_at), sum(n)::int
    FROM changed CROSS JOIN (VALUES ({before}, -1), ({after}, 1)) AS sides (reason, n) GROUP BY 1, 4, 5
"""
_SENT = """
    INSERT INTO tally_deltas (distribution_id, channel, state, reason, minute, delta)
    SELECT distribution_id, channel, 'sent', '', date_trunc('minute', sent_at), {sign} count(*)::int FROM deliveries
    WHERE sent_at IS NOT NULL AND state NOT IN ('accepted', 'delivered', 'bounced', 'complained') GROUP BY 1, 2, 5
"""


def upgrade() -> None:
    op.execute(_SENT.format(sign="-"))
    op.execute(_DOUBT.format(before="''", after="'unsure'"))


def downgrade() -> None:
    op.execute(_DOUBT.format(before="'unsure'", after="''"))
    op.execute(_SENT.format(sign="+"))
