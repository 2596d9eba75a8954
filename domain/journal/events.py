"""Write down what happened, and leave work for those who react to it, in the transaction in which it happened."""

import datetime
import enum
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import new_id
from domain.kernel.nudges import nudge
from domain.tables.journal import Event, EventWork


class EventKinds(enum.StrEnum):
    """A table of kinds: each a word, and whether live distributions can wait for it. What nobody can wait for leaves no work."""

    wakes: bool

    def __new__(cls, word: str, wakes: bool = False) -> Self:
        """One row."""
        row = str.__new__(cls, word)
        row._value_, row.wakes = word, wakes
        return row


class EventKind(EventKinds):
    """What can happen to a customer; the words of Voucherify's events where it has them."""

    CREATED = "customer.created"
    UPDATED = "customer.updated"
    IMPORTED = "customer.imported"
    ERASED = "customer.erased"
    ENTERED = "customer.segment.entered", True
    LEFT = "customer.segment.left", True
    PUBLISHED = "customer.publication.succeeded", True
    CONSENT_GIVEN = "customer.consents.given"
    CONSENT_REVOKED = "customer.consents.revoked"
    SUPPRESSED = "customer.suppressed"
    REDEEMED = "customer.redemption.succeeded", True
    REDEMPTION_FAILED = "customer.redemption.failed"
    ROLLED_BACK = "customer.redemption.rollback.succeeded", True
    ORDER_CREATED = "customer.order.created", True
    ORDER_UPDATED = "customer.order.updated", True
    ORDER_PAID = "customer.order.paid", True
    ORDER_PROCESSING = "customer.order.processing"
    ORDER_FULFILLED = "customer.order.fulfilled", True
    ORDER_CANCELED = "customer.order.canceled", True
    CUSTOM = "customer.custom_event", True


@dataclass(frozen=True)
class NewEvent:
    """One event to be recorded. `subject_id` is what it is about; `depth` counts the distributions that stand behind it."""

    customer_id: uuid.UUID
    kind: EventKinds
    subject_id: uuid.UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    depth: int = 0
    at: datetime.datetime | None = None
    """When it happened; None: now. Of a date, the moment it stands for."""


def record(session: Session, happenings: Iterable[NewEvent], *, react: bool = True) -> list[uuid.UUID]:
    """Record events; where `react`, those of waking kinds leave work for live distributions. Their ids, in order."""
    now, given = clock.now(session), list(happenings)
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "customer_id": h.customer_id,
            "kind": h.kind,
            "at": h.at or now,
            "subject_id": h.subject_id,
            "facts": h.facts,
            "depth": h.depth,
        }
        for h in given
    ]
    if not rows:
        return []
    session.execute(insert(Event), rows)
    waking = [{"event_id": row["id"], "lane": "trigger"} for row, h in zip(rows, given, strict=True) if react and h.kind.wakes]
    if waking:
        session.execute(insert(EventWork), waking)
        nudge(session, "events", lane="trigger")
    return [row["id"] for row in rows]


def record_from(session: Session, select: str, values: dict[str, Any], kind: EventKinds, *, react: bool = True) -> int:
    """The same for a whole set at once; how many there were.

    `select` is SQL of ours that yields `customer_id, subject_id, facts (jsonb), depth`, with `values` bound.
    """
    leave_work = react and kind.wakes
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
