"""Webhooks of our own as rows: written by whoever has something to say, posted by the worker through a connection."""

import json
import uuid
from typing import Any

from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.nudges import nudge
from domain.tables.journal import OutgoingWebhook


def write(session: Session, kind: str, connection_id: uuid.UUID, type: str, data: dict[str, Any]) -> OutgoingWebhook:
    """Put `{type, timestamp, data}` on its way."""
    now = clock.now(session)
    body = json.dumps({"type": type, "timestamp": now.isoformat(), "data": data}, ensure_ascii=False)
    row = OutgoingWebhook(kind=kind, connection_id=connection_id, body=body, due_at=now, created_at=now)
    session.add(row)
    session.flush()
    nudge(session, "own_webhooks", lane="trigger")
    return row
