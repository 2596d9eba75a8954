"""What is due in each lane, since when, and is that late? One bounded question for each kind of work; a look costs a few milliseconds.

What broke alone and is passed over is due to nobody: it has a page of its own.
"""

import datetime
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal.quarantine import whole
from domain.kernel import clock

MOST = 10_000
"""Rows of one kind that are counted; more are as bad."""
_MINUTE = datetime.timedelta(minutes=1)
TIMES = {"trigger": (_MINUTE, 5 * _MINUTE), "bulk": (10 * _MINUTE, 60 * _MINUTE)}
"""Lane -> after how long due work is late, and after how long something must be wrong."""

_AT_WORK = "(d.status IN ('sending', 'live') OR (d.status IN ('stopped', 'ended') AND d.started_at IS NOT NULL))"
"""What was stopped or has ended still serves what happened before, or skips it; it too can be stuck."""
_OF_RUNS = """
    SELECT l.lane, coalesce(sum(f.due), 0) AS due, min(f.since) AS since
    FROM (VALUES ('bulk'), ('trigger')) AS l (lane) JOIN distributions d ON {at_work} CROSS JOIN LATERAL (
        {found}) AS f
    GROUP BY l.lane"""
_QUEUE = "SELECT '{lane}' AS lane, count(*) AS due, min(since) AS since FROM (SELECT {since} AS since FROM {rows} LIMIT :most) AS q"


def _queue(lane: str, since: str, rows: str) -> str:
    return _QUEUE.format(lane=lane, since=since, rows=rows)


def _made_at(id: str) -> str:
    """The time in a UUIDv7."""
    return f"to_timestamp(('x' || left(replace({id}::text, '-', ''), 12))::bit(48)::bigint / 1000.0)"


def _marks(lane: str) -> str:
    return _queue(lane, _made_at("id"), f"dirty_customers c WHERE lane = '{lane}' AND {whole('marks', 'c.customer_id')}")


WORK = {
    "start": _queue("trigger", "due_at", f"""
        distributions d WHERE status = 'scheduled' AND due_at <= :now AND held_seconds IS NULL AND {whole("starts", "d.id")}"""),
    "people": _OF_RUNS.format(at_work=_AT_WORK, found="""
        SELECT count(*) AS due, CASE WHEN l.lane = 'bulk' AND count(*) > 0
            THEN greatest(min(r.created_at), (SELECT max(t.minute) FROM tallies t WHERE t.distribution_id = d.id))
            ELSE min(r.created_at) END AS since
        FROM (SELECT created_at FROM recipients WHERE distribution_id = d.id AND lane = l.lane AND waits ORDER BY id LIMIT :most) AS r"""),
    "messages": _OF_RUNS.format(at_work=_AT_WORK, found=f"""
        SELECT count(*) AS due, min(v.due_at) AS since FROM (
            SELECT due_at FROM deliveries WHERE distribution_id = d.id AND lane = l.lane AND due_at <= :now AND state = 'ready'
                AND {whole("retries", "deliveries.id")}
            ORDER BY due_at LIMIT :most) AS v"""),
    "events": _queue("trigger", "e.at", f"event_work w JOIN events e ON e.id = w.event_id WHERE {whole('events', 'w.event_id')}"),
    "changed customers": _marks("trigger"),
    "imported customers": _marks("bulk"),
    "receipts": _queue("bulk", "created_at", f"raw_receipts r WHERE state = 'pending' AND {whole('receipts', 'r.id')}"),
    "jobs": _queue("bulk", "coalesce(lease_until, created_at)", "jobs WHERE state IN ('queued', 'running')"),
    "webhooks": _queue("trigger", "due_at", f"""
        outgoing_webhooks w WHERE state IN ('waiting', 'open') AND due_at <= :now AND {whole("webhooks", "w.id")}"""),
    "mailboxes": _queue("bulk", "due_at", f"mailboxes m WHERE due_at <= :now AND {whole('mailboxes', 'm.connection_id')}"),
    "opt_outs": _queue("bulk", "due_at", f"""
        opt_outs_to_tell o WHERE due_at <= :now AND {whole("opt_outs", "concat_ws(' ', o.connection_id, o.kind, o.hash)")}"""),
    "mail": _queue("trigger", "due_at", f"letters l WHERE state IN ('waiting', 'open') AND due_at <= :now AND {whole('mail', 'l.id')}"),
}  # fmt: skip
"""Kind of work -> SQL that yields `lane`, `due` (at most :most) and `since`. A run's people count from its last progress."""


@dataclass(frozen=True)
class DueWork:
    """What is due of one kind in one lane. `age`: how long the oldest of it has been due."""

    kind: str
    lane: str
    due: int
    age: datetime.timedelta

    @property
    def late(self) -> bool:
        """Whether somebody should look."""
        return self.due > 0 and self.age > TIMES[self.lane][0]

    @property
    def stuck(self) -> bool:
        """Whether something must be wrong."""
        return self.due > 0 and self.age > TIMES[self.lane][1]

    @property
    def words(self) -> str:
        """As it is told to an operator."""
        count = f"{self.due:,}" if self.due < MOST else f"{MOST:,} or more"
        return f"{self.kind}, {self.lane} lane: {count} due, the oldest for {self.age.total_seconds():,.0f} s."


def due_work(session: Session) -> list[DueWork]:
    """Every kind of work by lane, in the order of the table."""
    now = clock.now(session)
    return [
        DueWork(kind, row.lane, int(row.due), max(now - row.since, datetime.timedelta()) if row.since else datetime.timedelta())
        for kind, sql in WORK.items()
        for row in session.execute(text(sql), {"now": now, "most": MOST})
    ]
