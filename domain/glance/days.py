"""How did the last fourteen days go? Messages sent and failed by distribution and day, codes given and redeemed by day."""

import datetime
import uuid
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain import clock

DAYS = 14
_SENT, _FAILED = ("sent",), ("refused", "bounced_once", "complained")

_TALLIED = text("""
    SELECT distribution_id, (minute AT TIME ZONE :zone)::date AS day,
        coalesce(sum(n) FILTER (WHERE state = ANY(:sent)), 0)::bigint AS sent,
        coalesce(sum(n) FILTER (WHERE state = ANY(:failed)), 0)::bigint AS failed
    FROM (
        SELECT distribution_id, channel, state, minute, count AS n FROM tallies WHERE minute >= :since
        UNION ALL SELECT distribution_id, channel, state, minute, delta FROM tally_deltas WHERE minute >= :since) AS every
    WHERE channel <> '' AND state = ANY(:sent || :failed)
    GROUP BY 1, 2
""")
_GIVEN = text("""
    SELECT day.n, (SELECT count(*) FROM publications WHERE id >= day.first AND id < day.last)
    FROM unnest(CAST(:numbers AS int[]), CAST(:firsts AS uuid[]), CAST(:lasts AS uuid[])) AS day (n, first, last)
""")
_REDEEMED = text("""
    SELECT (redeemed_at AT TIME ZONE :zone)::date AS day, count(*) FROM vouchers
    WHERE redeemed_at >= :since GROUP BY 1
""")


@dataclass
class Series:
    """A number for each of the last fourteen days; the last one is today, so far."""

    values: list[int] = field(default_factory=lambda: [0] * DAYS)

    @property
    def today(self) -> int:
        """The number of today."""
        return self.values[-1]

    def __bool__(self) -> bool:
        return any(self.values)


@dataclass
class Fortnight:
    """The last fourteen days. `by_distribution` has the messages sent of those that sent any."""

    sent: Series = field(default_factory=Series)
    failed: Series = field(default_factory=Series)
    given: Series = field(default_factory=Series)
    redeemed: Series = field(default_factory=Series)
    by_distribution: dict[uuid.UUID, Series] = field(default_factory=dict)


def fortnight(session: Session, zone: datetime.tzinfo) -> Fortnight:
    """The last fourteen days, as days are in `zone`."""
    now = clock.now(session).astimezone(zone)
    starts = [_midnight(now.date() - datetime.timedelta(days=back), zone) for back in reversed(range(DAYS))]
    place = {start.date(): n for n, start in enumerate(starts)}
    found = Fortnight()
    bound = {"zone": str(zone), "since": starts[0]}
    for row in session.execute(_TALLIED, bound | {"sent": list(_SENT), "failed": list(_FAILED)}):
        n = place.get(row.day)
        if n is not None:
            found.sent.values[n] += row.sent
            found.failed.values[n] += row.failed
            found.by_distribution.setdefault(row.distribution_id, Series()).values[n] += row.sent
    ends = [*starts[1:], now + datetime.timedelta(days=1)]
    ranges = {"numbers": list(range(DAYS)), "firsts": [_first_id(s) for s in starts], "lasts": [_first_id(e) for e in ends]}
    for n, count in session.execute(_GIVEN, ranges):
        found.given.values[n] = count
    for day, count in session.execute(_REDEEMED, bound):
        if day in place:
            found.redeemed.values[place[day]] = count
    return found


def _midnight(day: datetime.date, zone: datetime.tzinfo) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), zone)


def _first_id(moment: datetime.datetime) -> uuid.UUID:
    """The smallest UUIDv7 of this moment: rows made from then on have larger ids, so a range of time is a range of the primary key."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
