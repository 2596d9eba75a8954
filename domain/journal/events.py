"""Write down what happened, and leave work for those who react to it, in the transaction in which it happened."""

import enum
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import new_id
from domain.kernel.nudges import nudge
from domain.tables.journal import Event, EventWork


class EventKind(enum.StrEnum):
    """What can happen to a customer; the words of Voucherify's events where it has them."""

    CREATED = "customer.created"
    UPDATED = "customer.updated"
    IMPORTED = "customer.imported"
    ERASED = "customer.erased"
    ENTERED = "customer.segment.entered"
    LEFT = "customer.segment.left"
    PUBLISHED = "customer.publication.succeeded"
    CONSENT_GIVEN = "customer.consents.given"
    CONSENT_REVOKED = "customer.consents.revoked"
    SUPPRESSED = "customer.suppressed"
    REDEEMED = "customer.redemption.succeeded"


REACTED_TO = frozenset({EventKind.ENTERED, EventKind.LEFT, EventKind.PUBLISHED})
"""Kinds that live distributions can wait for."""


@dataclass(frozen=True)
class NewEvent:
    """One event to be recorded. `subject_id` is what it is about; `depth` counts the distributions that stand behind it."""

    customer_id: uuid.UUID
    kind: EventKind
    subject_id: uuid.UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    depth: int = 0


def record(session: Session, happenings: Iterable[NewEvent], *, react: bool = True) -> list[uuid.UUID]:
    """Record events; where `react`, those of REACTED_TO leave work for live distributions. Their ids, in order."""
    at = clock.now(session)
    rows = [
        {
            "id": new_id(),
            "customer_id": h.customer_id,
            "kind": h.kind,
            "at": at,
            "subject_id": h.subject_id,
            "facts": h.facts,
            "depth": h.depth,
        }
        for h in happenings
    ]
    if not rows:
        return []
    session.execute(insert(Event), rows)
    waking = [{"event_id": row["id"], "lane": "trigger"} for row in rows if react and row["kind"] in REACTED_TO]
    if waking:
        session.execute(insert(EventWork), waking)
        nudge(session, "events", lane="trigger")
    return [row["id"] for row in rows]  # type: ignore[misc]


def record_from(session: Session, select: str, values: dict[str, Any], kind: EventKind, *, react: bool = True) -> int:
    """The same for a whole set at once; how many there were.

    `select` is SQL of ours that yields `customer_id, subject_id, facts (jsonb), depth`, with `values` bound.
    """
    leave_work = react and kind in REACTED_TO
    count: int = session.execute(
        text(f"""
            WITH happened AS ({select}),
            written AS (
                INSERT INTO events (id, customer_id, kind, at, subject_id, facts, depth)
                SELECT largesse_uuid7(), customer_id, :event_kind, :event_at, subject_id, facts, depth FROM happened RETURNING id),
            woken AS (INSERT INTO event_work (event_id, lane) SELECT id, 'trigger' FROM written WHERE :leave_work)
            SELECT count(*) FROM written
        """),
        values | {"event_kind": kind, "event_at": clock.now(session), "leave_work": leave_work},
    ).scalar_one()
    if count and leave_work:
        nudge(session, "events", lane="trigger")
    return count
