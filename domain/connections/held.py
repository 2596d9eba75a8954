"""Which connections hold their messages back now, until when, and why? Read by the pages of connections and of distributions."""

import datetime
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel import clock


@dataclass(frozen=True)
class HeldConnection:
    """A connection that sends nothing now. `kind`: `paused` (by a person, or until one has put it right), `fails` or `waits`."""

    id: uuid.UUID
    name: str
    kind: str
    reason: str
    until: datetime.datetime | None = None
    """When it goes on by itself, or tries to; None: when a person says so."""


_HELD = text("""
    SELECT c.id, c.name, c.paused_at IS NOT NULL AS paused, c.paused_reason, b.wait_until, b.wait_reason, b.failing_since, b.failing_reason,
        b.probe_at
    FROM connections c LEFT JOIN LATERAL (
        SELECT * FROM rate_budgets r WHERE r.connection_id = c.id AND (r.wait_until > :now OR r.failing_since IS NOT NULL)
        ORDER BY r.failing_since NULLS LAST, r.wait_until DESC LIMIT 1) AS b ON true
    WHERE c.id = ANY(:ids) AND c.archived_at IS NULL AND (c.paused_at IS NOT NULL OR b.connection_id IS NOT NULL) ORDER BY c.name, c.id
""")


def held(session: Session, connection_ids: Collection[uuid.UUID]) -> list[HeldConnection]:
    """Those of these connections that hold something back, by name."""
    now = clock.now(session)
    rows = session.execute(_HELD, {"ids": list(connection_ids), "now": now}).all() if connection_ids else []
    found = []
    for row in rows:
        if row.paused:
            found.append(HeldConnection(row.id, row.name, "paused", row.paused_reason))
        elif row.failing_since is not None:
            found.append(HeldConnection(row.id, row.name, "fails", row.failing_reason, max(row.probe_at or now, now)))
        else:
            found.append(HeldConnection(row.id, row.name, "waits", row.wait_reason, row.wait_until))
    return found
