"""What is forgotten, and when? Each kind of history in passes of its own, so that no pass is long, whatever has piled up.

A pass deletes or empties rows that nothing decides by (`domain.workspace.project.retention`): it marks no fact as changed, records no event
and wakes nobody.
"""

import datetime
import uuid

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from domain.journal.events import EventKind
from domain.kernel import clock
from domain.tables.journal import PurgeProgress
from domain.workspace.project import retention

AT_ONCE = 5_000
"""Rows of one pass."""
OLD = "id < :last AND created_at < :before"
"""Ids sort by time, so the primary key finds what is old; the time itself decides."""
SPARE = datetime.timedelta(days=1)
"""By how much an id may be younger than its row says."""
ROUND = datetime.timedelta(days=30)
"""After so long a pass that walks begins anew with the oldest rows: some could not be forgotten when it came by."""
HISTORY = (
    EventKind.CREATED, EventKind.UPDATED, EventKind.IMPORTED, EventKind.ENTERED, EventKind.LEFT,
    EventKind.CONSENT_GIVEN, EventKind.CONSENT_REVOKED, EventKind.SUPPRESSED,
)  # fmt: skip
"""Events that only timelines read. What segments, rules, once-keys or caps ask for is not among them, nor is a kind that is new here."""
_ENDED = "state IN ('accepted', 'refused', 'unsure', 'skipped', 'delivered', 'bounced', 'complained')"


def _forget(session: Session, table: str, old: str, kept: datetime.timedelta | None, limit: int) -> bool:
    """Delete at most `limit` rows of `table` that are `old` (`:before` is `kept` ago); whether there may be more."""
    if kept is None:
        return False
    before = clock.now(session) - kept
    delete = f"DELETE FROM {table} WHERE id = ANY(ARRAY(SELECT id FROM {table} WHERE {old} LIMIT :limit))"
    done = session.execute(text(delete), {"before": before, "last": _first_id(before + SPARE), "limit": limit})
    assert isinstance(done, CursorResult)
    return done.rowcount == limit


def _walk(session: Session, key: str, page: str, change: str, limit: int) -> bool:
    """Go on along a table whose rows are not all forgotten: `page` reads ids, `change` forgets what is of `:ids`; whether there is more."""
    kept = retention.kept(session, key)
    if kept is None:
        return False
    now = clock.now(session)
    came = session.get(PurgeProgress, key) or PurgeProgress(key=key, upto=uuid.UUID(int=0), began_at=now)
    session.add(came)
    if now - came.began_at > ROUND:
        came.upto, came.began_at = uuid.UUID(int=0), now
    values = {"upto": came.upto, "before": now - kept, "last": _first_id(now - kept + SPARE), "limit": limit}
    ids = list(session.scalars(text(page), values))
    if ids:
        session.execute(text(change), {"ids": ids, "before": now - kept, "kinds": list(HISTORY)})
        came.upto = ids[-1]
    return len(ids) == limit


def _first_id(moment: datetime.datetime) -> uuid.UUID:
    """The smallest UUIDv7 of this moment."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def events(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget old lines of timelines. An event that somebody still has to react to stays."""
    page = "SELECT id FROM events WHERE id > :upto AND id < :last ORDER BY id LIMIT :limit"
    change = """
        DELETE FROM events e WHERE e.id = ANY(:ids) AND e.at < :before AND e.kind = ANY(:kinds)
            AND NOT EXISTS (SELECT FROM event_work w WHERE w.event_id = e.id)"""
    return _walk(session, "events", page, change, limit)


def texts_of_messages(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget what stood in old messages; that they were sent, and what became of them, stays."""
    page = "SELECT id FROM deliveries WHERE id > :upto AND id < :last ORDER BY id LIMIT :limit"
    change = f"UPDATE deliveries SET slots = NULL WHERE id = ANY(:ids) AND created_at < :before AND slots IS NOT NULL AND {_ENDED}"
    return _walk(session, "slots", page, change, limit)


def steps(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget retries and receipts in the timelines of old deliveries."""
    return _forget(session, "delivery_steps", "id < :last AND at < :before", retention.kept(session, "steps"), limit)


def audit(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget who changed what long ago. Only here the database lets lines of the audit trail go."""
    session.execute(text("SET LOCAL largesse.forgetting = 'audit'"))
    more = _forget(session, "audit", OLD, retention.kept(session, "audit"), limit)
    session.execute(text("SET LOCAL largesse.forgetting = ''"))
    return more


def receipts(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget what providers posted. What still waits to be applied stays."""
    old = f"{OLD} AND state NOT IN ('pending', 'unknown')"
    return _forget(session, "raw_receipts", old, retention.kept(session, "receipts"), limit)


def exchanges(session: Session, limit: int = 2_000) -> bool:
    """Forget what webhooks asked and were answered."""
    return _forget(session, "exchanges", "at < :before", retention.kept(session, "exchanges"), limit)


def messages_sent_as_tests(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget test messages."""
    return _forget(session, "test_sends", OLD, retention.kept(session, "test_messages"), limit)


def mail(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget account mail that had its end."""
    return _forget(session, "letters", f"{OLD} AND state IN ('sent', 'failed')", retention.kept(session, "mail"), limit)


def own_webhooks(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget webhooks of our own that had their end, as long ago as account mail."""
    return _forget(session, "outgoing_webhooks", f"{OLD} AND state IN ('sent', 'failed')", retention.kept(session, "mail"), limit)


def import_remarks(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget what there was to say about the lines of an old import."""
    old = "import_id = ANY(ARRAY(SELECT id FROM customer_imports WHERE created_at < :before))"
    return _forget(session, "import_remarks", old, retention.kept(session, "import_remarks"), limit)


def sessions(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget browsers that were signed out, or that stayed away: they have to sign in again anyway."""
    old = f"{OLD} AND last_seen_at < :before"
    return _forget(session, "user_sessions", old, retention.kept(session, "sessions"), limit)
