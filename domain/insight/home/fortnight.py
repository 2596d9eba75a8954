"""How did the last fourteen days go? Messages sent and failed by distribution and day, codes given and redeemed by day."""

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.insight.home import quarter_sums
from domain.kernel import clock

DAYS = 14
_REDEEMED = text("""
    SELECT day.date, (SELECT count(*) FROM vouchers WHERE redeemed_at >= day.since AND redeemed_at < day.until)
    FROM unnest(CAST(:days AS date[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) AS day (date, since, until)
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
    today = clock.now(session).astimezone(zone).date()
    days = [today - datetime.timedelta(days=back) for back in reversed(range(DAYS))]
    starts = [datetime.datetime.combine(day, datetime.time(), zone) for day in days]
    place = {day: n for n, day in enumerate(days)}
    found = Fortnight()
    series = {"sent": found.sent, "failed": found.failed, "given": found.given}
    for kind, day, subject, count in quarter_sums.by_day(session, starts[0], str(zone), list(series)):
        if (n := place.get(day)) is not None:
            series[kind].values[n] += count
            if kind == "sent":
                found.by_distribution.setdefault(subject, Series()).values[n] += count
    for day, count in redeemed(session, days, zone):
        found.redeemed.values[place[day]] = count
    return found


def redeemed(session: Session, days: list[datetime.date], zone: datetime.tzinfo) -> Iterator[tuple[datetime.date, int]]:
    """Day and codes that were used on it, of `days` in a row; the last one is not over."""
    starts = [datetime.datetime.combine(day, datetime.time(), zone) for day in days]
    ends = [*starts[1:], starts[-1] + datetime.timedelta(days=2)]
    yield from session.execute(_REDEEMED, {"days": days, "starts": starts, "ends": ends}).tuples()
