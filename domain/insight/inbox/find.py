"""Which letters are there? Deliveries of sandbox connections and test messages, newest first, a page at a time.

Both have ids that sort by time. Deliveries are read by index from the distributions (or the customers) that can have any, so that a million
messages through other connections cost nothing.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.clock import ClockOffset
from domain.kernel.text.folding import begins, fold
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.customers import Customer

PAGE = 12
KINDS = {"email": "Mail", "sms": "SMS", "webhook": "Webhooks"}
SANDBOX = "sandbox"
SHOWN = ("accepted", "delivered", "bounced", "complained", "refused", "unsure")
"""States of deliveries that a sandbox has answered."""
MOST_CUSTOMERS = 200


@dataclass(frozen=True)
class InboxFilter:
    """What is asked of letters; what is empty is not asked. `before` and `after` are ids to go on from."""

    kind: str = ""
    words: str = ""
    """The beginning of a customer's name, address, number or own id."""
    customer_id: uuid.UUID | None = None
    distribution_id: uuid.UUID | None = None
    before: uuid.UUID | None = None
    after: uuid.UUID | None = None


@dataclass(frozen=True)
class InboxRow:
    """One letter as it lies in the database. `source` is `delivery` or `test`."""

    id: uuid.UUID
    source: str
    kind: str
    at: datetime.datetime
    address: str
    state: str
    reason: str
    customer_id: uuid.UUID | None = None
    customer: str = ""
    distribution_id: uuid.UUID | None = None
    distribution: str = ""
    version: int = 0
    channel: str = ""
    slots: dict[str, str] | None = None
    parts: dict[str, str] | None = None
    code: str | None = None
    """The code it carries, as far as the recipient still holds it."""


@dataclass(frozen=True)
class InboxPage:
    """Letters, and the ids from which older and newer ones go on (None where there are none)."""

    letters: Sequence[InboxRow]
    older: uuid.UUID | None
    newer: uuid.UUID | None


_KIND = """
    (SELECT e->>'mode' FROM distribution_versions v, jsonb_array_elements(v.plan->'channels') e
     WHERE v.distribution_id = y.distribution_id AND v.version = y.version AND e->>'key' = y.channel)"""
_ASKED = """
    y.connection_id = ANY(:sandboxes) AND y.state = ANY(:shown) AND y.id > :floor
    AND (CAST(:before AS uuid) IS NULL OR y.id < :before) AND (CAST(:after AS uuid) IS NULL OR y.id > :after)
    AND (CAST(:distribution AS uuid) IS NULL OR y.distribution_id = :distribution)"""
_OF_THE_KIND = """
    AND (y.distribution_id, y.version, y.channel) IN (
        SELECT v.distribution_id, v.version, e->>'key' FROM distribution_versions v, jsonb_array_elements(v.plan->'channels') e
        WHERE v.connections ?| CAST(:names AS text[]) AND e->>'mode' = :kind)"""
_ANCHORS = {
    "distributions": (
        "SELECT DISTINCT distribution_id AS id FROM distribution_versions WHERE connections ?| CAST(:names AS text[])",
        "distribution_id",
    ),
    "customers": ("SELECT unnest(CAST(:customers AS uuid[])) AS id", "customer_id"),
}


def _deliveries(anchor: str, direction: str, kind: str) -> str:
    ids, column = _ANCHORS[anchor]
    asked = _ASKED + (_OF_THE_KIND if kind else "")
    return f"""
        SELECT y.id, 'delivery' AS source, coalesce({_KIND}, '') AS kind, coalesce(y.sent_at, y.created_at) AS at, y.address, y.state,
               y.reason, y.customer_id, coalesce(nullif(c.name, ''), nullif(c.email, ''), c.source_id, '') AS customer, y.distribution_id,
               d.name AS distribution, y.version, y.channel, y.slots, NULL::jsonb AS parts, w.code
        FROM (SELECT y.* FROM ({ids}) anchor CROSS JOIN LATERAL (
                  SELECT * FROM deliveries y WHERE y.{column} = anchor.id AND {asked} ORDER BY y.id {direction} LIMIT :size) y
              ORDER BY y.id {direction} LIMIT :size) y
        JOIN distributions d ON d.id = y.distribution_id
        LEFT JOIN customers c ON c.id = y.customer_id
        LEFT JOIN recipients r ON r.id = y.recipient_id
        LEFT JOIN vouchers w ON w.id = r.voucher_id
    """


_TESTS = """
    SELECT y.id, 'test' AS source, y.channel AS kind, y.created_at AS at, y.address, y.outcome AS state, y.reason, y.customer_id,
           coalesce(nullif(c.name, ''), nullif(c.email, ''), c.source_id, '') AS customer, y.distribution_id,
           coalesce(d.name, '') AS distribution, 0 AS version, '' AS channel, NULL::jsonb AS slots, y.parts, NULL AS code
    FROM test_sends y LEFT JOIN customers c ON c.id = y.customer_id LEFT JOIN distributions d ON d.id = y.distribution_id
    WHERE y.connection_id = ANY(:sandboxes) AND y.id > :floor
      AND (CAST(:before AS uuid) IS NULL OR y.id < :before) AND (CAST(:after AS uuid) IS NULL OR y.id > :after)
      AND (CAST(:distribution AS uuid) IS NULL OR y.distribution_id = :distribution)
      AND (CAST(:customers AS uuid[]) IS NULL OR y.customer_id = ANY(:customers))
      AND (:kind = '' OR y.channel = :kind)
    ORDER BY y.id {direction} LIMIT :size
"""
_UNREAD = f"""
    SELECT (SELECT count(*) FROM (
                SELECT FROM ({_ANCHORS["distributions"][0]}) anchor CROSS JOIN LATERAL (
                    SELECT FROM deliveries y WHERE y.distribution_id = anchor.id AND {_ASKED} ORDER BY y.id DESC LIMIT :size) y
                LIMIT :size) found)
         + (SELECT count(*) FROM (
                SELECT FROM test_sends y WHERE y.connection_id = ANY(:sandboxes) AND y.id > :floor LIMIT :size) found)
"""


def page(session: Session, asked: InboxFilter, size: int = PAGE) -> InboxPage:
    """The letters that fit."""
    values = _values(session, asked)
    if not values["sandboxes"]:
        return InboxPage((), None, None)
    backwards = asked.after is not None
    rows = _rows(session, values | {"size": size + 1}, "ASC" if backwards else "DESC")
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return InboxPage((), None, None)
    older = rows[-1].id if backwards or more else None
    newer = rows[0].id if (more if backwards else asked.before is not None) else None
    return InboxPage(rows, older, newer)


def one(session: Session, id: uuid.UUID) -> InboxRow | None:
    """The letter with this id, or None where the inbox has none."""
    just = uuid.UUID(int=id.int - 1)
    values = _values(session, InboxFilter(after=just)) | {"size": 1, "before": uuid.UUID(int=id.int + 1)}
    found = _rows(session, values, "ASC") if values["sandboxes"] else []
    return next((row for row in found if row.id == id), None)


def unread(session: Session, seen: datetime.datetime | None, most: int = 99) -> int:
    """How many letters came since `seen`; no more than `most` are counted."""
    values = _values(session, InboxFilter())
    if not values["sandboxes"]:
        return 0
    if seen is not None:
        values["floor"] = max(values["floor"], floor(session, seen))
    counted: int = session.execute(text(_UNREAD), values | {"size": most}).scalar_one()
    return min(counted, most)


def floor(session: Session, moment: datetime.datetime) -> uuid.UUID:
    """An id below all that were made after `moment`. Ids know the real time, moments that of the clock, which tests move."""
    moved = session.get(ClockOffset, 1)
    real = moment - (moved.shift if moved else datetime.timedelta())
    return uuid.UUID(int=max(0, int(real.timestamp() * 1000)) << 80)


def empty(session: Session) -> None:
    """Hide everything that is in the inbox now. Reports keep it."""
    workspace.current_project(session).inbox_emptied_at = clock.now(session)
    session.flush()


def _rows(session: Session, values: dict[str, Any], direction: str) -> list[InboxRow]:
    anchor = "distributions" if values["customers"] is None else "customers"
    found = [
        InboxRow(**row)
        for sql in (_deliveries(anchor, direction, values["kind"]), _TESTS.format(direction=direction))
        for row in session.execute(text(sql), values).mappings()
    ]
    return sorted(found, key=lambda letter: letter.id, reverse=direction == "DESC")[: values["size"]]


def _values(session: Session, asked: InboxFilter) -> dict[str, Any]:
    sandboxes = list(session.scalars(select(Connection.id).where(Connection.provider == SANDBOX)))
    emptied = workspace.current_project(session).inbox_emptied_at
    return {
        "sandboxes": sandboxes,
        "names": [str(id) for id in sandboxes],
        "shown": list(SHOWN),
        "floor": floor(session, emptied) if emptied else uuid.UUID(int=0),
        "before": asked.before,
        "after": asked.after,
        "distribution": asked.distribution_id,
        "customers": _customers(session, asked),
        "kind": asked.kind if asked.kind in KINDS else "",
    }


def _customers(session: Session, asked: InboxFilter) -> list[uuid.UUID] | None:
    if asked.customer_id is not None:
        return [asked.customer_id]
    words = " ".join(asked.words.split())
    if not words:
        return None
    digits = "".join(c for c in words if c.isdigit())
    ways = [begins(Customer.name_key, fold(words)), begins(Customer.email_key, fold(words)), Customer.source_id == words]
    if len(digits) > 3:
        ways.append(begins(Customer.phone, f"+{digits}"))
    return list(session.scalars(select(Customer.id).where(Customer.erased_at.is_(None), or_(*ways)).limit(MOST_CUSTOMERS)))
