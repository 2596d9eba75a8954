"""What did each attempt ask, and what was answered? Written in one statement a call, read for one delivery, forgotten by the clock."""

import datetime
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.tables.sending import ProviderExchange
from integrations import contract

_STORE = text("""
    INSERT INTO exchanges (delivery_id, at, url, headers, body, milliseconds, status, answer_headers, answer_body, reason, by)
    SELECT o.delivery_id, :at, o.url, o.headers, o.body, o.milliseconds, o.status, o.answer_headers, o.answer_body, o.reason, :by
    FROM json_to_recordset(CAST(:rows AS json)) AS o (delivery_id uuid, url text, headers jsonb, body text, milliseconds int,
        status smallint, answer_headers jsonb, answer_body text, reason text)
    JOIN deliveries d ON d.id = o.delivery_id JOIN customers c ON c.id = d.customer_id
    WHERE c.erased_at IS NULL ORDER BY d.id FOR SHARE OF c
""")


def store(session: Session, told: Mapping[uuid.UUID, contract.Exchange], at: int, by: str = "") -> None:
    """Keep these, by delivery. Of somebody who was erased meanwhile nothing is kept."""
    if not told:
        return
    rows = [asdict(exchange) | {"delivery_id": str(id)} for id, exchange in told.items()]
    began = datetime.datetime.fromtimestamp(at, datetime.UTC)

    def put(some: Sequence[dict[str, Any]]) -> None:
        session.execute(_STORE, {"rows": json.dumps(list(some)), "at": began, "by": by})

    quarantine.isolate(session, "exchanges", rows, put, lambda row: row["delivery_id"])


def of(session: Session, delivery_id: uuid.UUID, most: int = 50) -> list[ProviderExchange]:
    """The attempts of one delivery, the newest first."""
    return list(
        session.scalars(
            select(ProviderExchange).where(ProviderExchange.delivery_id == delivery_id).order_by(ProviderExchange.id.desc()).limit(most)
        )
    )
