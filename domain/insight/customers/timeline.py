"""What happened to a customer? Events, permissions, codes and messages in one stream, newest first, read in pages.

All four tables have ids that sort by time, so one id is the place to go on from.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

PAGE = 20
SHOWN = {
    "all": ("event", "permission", "voucher", "message"),
    "messages": ("message",),
    "vouchers": ("voucher",),
    "permissions": ("permission",),
    "facts": ("event",),
}
_SOURCES = {
    # What the other three tell better is left out of the events.
    "event": """
        SELECT id, 'event' AS source, at, kind, facts, subject_id,
               (SELECT name FROM segments s WHERE s.id = e.subject_id) AS name, '' AS detail, '' AS reason, NULL::timestamptz AS opened_at,
               NULL::timestamptz AS clicked_at, NULL::uuid AS distribution_id
        FROM events e
        WHERE customer_id = :customer AND (CAST(:before AS uuid) IS NULL OR id < :before)
          AND kind NOT IN ('customer.consents.given', 'customer.consents.revoked', 'customer.publication.succeeded')
        ORDER BY id DESC LIMIT :size""",
    "permission": """
        SELECT l.id, 'permission', l.created_at, CASE WHEN given THEN 'given' ELSE 'withdrawn' END, '{}'::jsonb, permission_id,
               p.name, how, by, NULL, NULL, NULL
        FROM consent_log l JOIN permissions p ON p.id = l.permission_id
        WHERE customer_id = :customer AND (CAST(:before AS uuid) IS NULL OR l.id < :before) ORDER BY l.id DESC LIMIT :size""",
    "voucher": """
        SELECT p.id, 'voucher', p.created_at, p.channel, '{}'::jsonb, p.campaign_id, c.name, v.code, coalesce(d.name, ''), NULL, NULL,
               p.distribution_id
        FROM publications p JOIN campaigns c ON c.id = p.campaign_id JOIN vouchers v ON v.id = p.voucher_id
        LEFT JOIN distributions d ON d.id = p.distribution_id
        WHERE p.customer_id = :customer AND (CAST(:before AS uuid) IS NULL OR p.id < :before) ORDER BY p.id DESC LIMIT :size""",
    "message": """
        SELECT y.id, 'message', coalesce(y.sent_at, y.created_at), y.state, '{}'::jsonb, y.connection_id, d.name, k.name, y.reason,
               y.opened_at, y.clicked_at, y.distribution_id
        FROM deliveries y JOIN distributions d ON d.id = y.distribution_id LEFT JOIN connections k ON k.id = y.connection_id
        WHERE y.customer_id = :customer AND (CAST(:before AS uuid) IS NULL OR y.id < :before) ORDER BY y.id DESC LIMIT :size""",
}


@dataclass(frozen=True)
class CustomerTimelineEntry:
    """One line. `source` is `event`, `permission`, `voucher` or `message`; `kind` its event, channel or state."""

    id: uuid.UUID
    source: str
    at: datetime.datetime
    kind: str
    facts: dict[str, Any]
    subject_id: uuid.UUID | None
    name: str
    """Of the segment, permission, campaign or distribution."""
    detail: str
    """How the permission was given, the code, or the provider."""
    reason: str
    """By whom, by which distribution, or why (not)."""
    opened_at: datetime.datetime | None
    clicked_at: datetime.datetime | None
    distribution_id: uuid.UUID | None


def page(
    session: Session, customer_id: uuid.UUID, show: str = "all", before: uuid.UUID | None = None, size: int = PAGE
) -> tuple[list[CustomerTimelineEntry], uuid.UUID | None]:
    """The newest moments before `before`, and where to go on (None: that was all)."""
    union = " UNION ALL ".join(f"({_SOURCES[name]})" for name in SHOWN.get(show, SHOWN["all"]))
    rows = session.execute(
        text(f"SELECT * FROM ({union}) AS moments ORDER BY id DESC LIMIT :size"),
        {"customer": customer_id, "before": before, "size": size + 1},
    ).all()
    moments = [CustomerTimelineEntry(*row._mapping.values()) for row in rows]
    return moments[:size], moments[size - 1].id if len(moments) > size else None
