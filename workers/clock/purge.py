"""What is forgotten, and when? Each kind of row in passes of its own, so that no pass is long, whatever has piled up."""

import datetime
import uuid

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from domain.kernel import clock

AT_ONCE = 5_000
"""Rows of one pass."""
MONTH = datetime.timedelta(days=30)
REMARKS_KEPT = datetime.timedelta(days=90)
"""How long the report of an import can be read: its remarks quote customers."""


OLD = "id < :last AND created_at < :before"
"""Ids sort by time, so the primary key finds what is old; the time itself decides."""
SPARE = datetime.timedelta(days=1)
"""By how much an id may be younger than its row says."""


def _forget(session: Session, table: str, old: str, kept: datetime.timedelta, limit: int) -> bool:
    """Delete at most `limit` rows of `table` that are `old` (`:before` is `kept` ago); whether there may be more."""
    before = clock.now(session) - kept
    delete = f"DELETE FROM {table} WHERE id = ANY(ARRAY(SELECT id FROM {table} WHERE {old} LIMIT :limit))"
    done = session.execute(text(delete), {"before": before, "last": _first_id(before + SPARE), "limit": limit})
    assert isinstance(done, CursorResult)
    return done.rowcount == limit


def _first_id(moment: datetime.datetime) -> uuid.UUID:
    """The smallest UUIDv7 of this moment."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def receipts(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget what providers posted a month ago."""
    return _forget(session, "raw_receipts", OLD, MONTH, limit)


def messages_sent_as_tests(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget test messages of a month ago."""
    return _forget(session, "test_sends", OLD, MONTH, limit)


def mail(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget account mail that had its end a month ago."""
    return _forget(session, "letters", f"{OLD} AND state IN ('sent', 'failed')", MONTH, limit)


def import_remarks(session: Session, limit: int = AT_ONCE) -> bool:
    """Forget what there was to say about the lines of an import of three months ago."""
    old = "import_id = ANY(ARRAY(SELECT id FROM customer_imports WHERE created_at < :before))"
    return _forget(session, "import_remarks", old, REMARKS_KEPT, limit)
