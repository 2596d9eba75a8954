"""How are two months read at once? The clock sums each quarter of an hour once it is over; what is younger is read from its rows."""

import datetime
import uuid
from collections.abc import Iterator

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.journal import Quarter

KEPT = datetime.timedelta(days=64)
"""This month and the last one, in every zone."""
SETTLED = datetime.timedelta(minutes=5)
"""No transaction is open that long, so nothing is written any more into a quarter that ended before."""
AT_ONCE = datetime.timedelta(days=1)
_NOBODY = uuid.UUID(int=0)
LENGTH = datetime.timedelta(minutes=15)

_SUMS = """
    SELECT CASE WHEN state = 'sent' THEN 'sent' ELSE 'failed' END AS kind,
        date_bin('15 minutes', minute, 'epoch') AS at, distribution_id AS subject_id, sum(n)::bigint AS count
    FROM (
        SELECT distribution_id, channel, state, minute, count AS n FROM tallies WHERE minute >= :since AND minute < :until
        UNION ALL
        SELECT distribution_id, channel, state, minute, delta FROM tally_deltas WHERE minute >= :since AND minute < :until) AS every
    WHERE channel <> '' AND state IN ('sent', 'refused', 'bounced_once')
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'given', date_bin('15 minutes', created_at, 'epoch'), campaign_id, count(*)
    FROM publications WHERE id >= :first AND id < :last AND created_at >= :since AND created_at < :until GROUP BY 2, 3
"""
_FOLD = text(f"""
    INSERT INTO quarters (kind, at, subject_id, count) SELECT * FROM ({_SUMS}) AS sums
    ON CONFLICT (kind, at, subject_id) DO UPDATE SET count = excluded.count
""")
_BY_DAY = """
    SELECT kind, (at AT TIME ZONE :zone)::date AS day, subject_id, sum(count)::bigint FROM (
        SELECT kind, at, subject_id, count FROM quarters WHERE kind = ANY(:kinds) AND at >= :start AND at < :since
        UNION ALL SELECT * FROM ({sums}) AS young WHERE kind = ANY(:kinds)) AS every
    GROUP BY 1, 2, 3
"""
_READ = text(_BY_DAY.format(sums=_SUMS))
_FORGET = text("""
    DELETE FROM quarters WHERE ctid = ANY(ARRAY(SELECT ctid FROM quarters WHERE at < :before AND kind <> 'read' LIMIT :limit)) RETURNING 1
""")


def fold(session: Session) -> bool:
    """Sum the quarters that are over, a day at once; whether there is more. The clock calls it; twice does no harm."""
    now = clock.now(session)
    mark = session.scalars(select(Quarter).where(Quarter.kind == "read").with_for_update()).one_or_none()
    since = max(mark.at if mark else now - KEPT, now - KEPT)
    until = min(begin(now - SETTLED), since + AT_ONCE)
    if until <= since:
        return False
    session.execute(_FOLD, _bounds(session, begin(since), until))
    if mark is not None:
        session.delete(mark)
        session.flush()
    session.add(Quarter(kind="read", at=until, subject_id=_NOBODY, count=0))
    session.flush()
    return until < begin(now - SETTLED)


def forget(session: Session, limit: int = 5_000) -> bool:
    """Delete at most `limit` sums that no page reads any more; whether there may be more. The clock calls it."""
    return len(session.scalars(_FORGET, {"before": clock.now(session) - KEPT, "limit": limit}).all()) == limit


def by_day(session: Session, start: datetime.datetime, zone: str, kinds: list[str]) -> Iterator[tuple[str, datetime.date, uuid.UUID, int]]:
    """Kind, day in `zone`, subject and count of everything since `start`, which begins a quarter."""
    marked = session.scalar(select(Quarter.at).where(Quarter.kind == "read"))
    young = max(marked, start) if marked else start
    until = clock.now(session) + datetime.timedelta(days=1)
    values = _bounds(session, young, until) | {"start": start, "zone": zone, "kinds": kinds}
    for kind, day, subject, count in session.execute(_READ, values):
        yield kind, day, subject, int(count)


def _bounds(session: Session, since: datetime.datetime, until: datetime.datetime) -> dict[str, object]:
    """A range of time, also as a range of UUIDv7, so that publications are read by their primary key.

    An id is made by the real clock during the transaction whose beginning is `created_at`; hence the moved clock is moved back, and two
    minutes are added.
    """
    moved = session.scalar(select(clock.ClockOffset.shift)) or datetime.timedelta()
    first, last = since - moved, until - moved + datetime.timedelta(minutes=2)
    return {"since": since, "until": until, "first": _first_id(first), "last": _first_id(last)}


def _first_id(moment: datetime.datetime) -> uuid.UUID:
    """The smallest UUIDv7 of this moment."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def begin(moment: datetime.datetime) -> datetime.datetime:
    """When the quarter of this moment began."""
    seconds = int(moment.timestamp())
    return datetime.datetime.fromtimestamp(seconds - seconds % int(LENGTH.total_seconds()), datetime.UTC)
