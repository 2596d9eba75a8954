"""How do the connections fare? Messages by what became of them, who waits or is paused, and since when."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.kernel import clock

_MESSAGES = text("""
    WITH channels AS (
        SELECT DISTINCT v.distribution_id, e->>'key' AS key, c.provider
        FROM distribution_versions v CROSS JOIN jsonb_array_elements(v.plan->'channels') AS e
        JOIN connections c ON c.id = CAST(e->>'connection_id' AS uuid))
    SELECT c.provider, t.state, sum(t.count)::bigint AS count
    FROM (SELECT distribution_id, channel, state, sum(count) AS count FROM tallies WHERE channel <> '' GROUP BY 1, 2, 3) AS t
    JOIN channels c ON c.distribution_id = t.distribution_id AND c.key = t.channel GROUP BY 1, 2 ORDER BY 1, 2""")
_WAITS = text("""
    SELECT c.id, c.provider, c.paused_at IS NOT NULL AS paused, c.failing_since,
           greatest(0, extract(epoch FROM (SELECT max(b.wait_until) FROM rate_budgets b WHERE b.connection_id = c.id) - :now)) AS waits
    FROM connections c WHERE c.archived_at IS NULL ORDER BY c.id""")


def messages(session: Session) -> Sequence[Row[Any]]:
    """`provider`, `state` and how many of its messages are in that state, over all distributions."""
    return session.execute(_MESSAGES).all()


def waits(session: Session) -> Sequence[Row[Any]]:
    """Of each connection: whether it is paused, since when its calls fail, and for how many seconds it was told to wait."""
    return session.execute(_WAITS, {"now": clock.now(session)}).all()
