"""How does this month go, beside the last one up to the same day? Messages sent and failed, codes given and redeemed, by day."""

import datetime
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from domain.insight.home import fortnight, quarter_sums
from domain.kernel import clock


@dataclass
class MonthNumber:
    """A number for each day of this month so far, and for as many days of the one before. The last day is today, which is not over."""

    days: list[int]
    before: list[int]

    @property
    def total(self) -> int:
        """This month so far."""
        return sum(self.days)

    @property
    def was(self) -> int:
        """The last month up to the same day."""
        return sum(self.before)


@dataclass
class Month:
    """The numbers of one month. `first` and `before` are the first days of this month and of the last one."""

    first: datetime.date
    before: datetime.date
    today: datetime.date
    sent: MonthNumber = field(init=False)
    given: MonthNumber = field(init=False)
    redeemed: MonthNumber = field(init=False)
    failed: MonthNumber = field(init=False)

    def __post_init__(self) -> None:
        for kind in ("sent", "given", "redeemed", "failed"):
            setattr(self, kind, MonthNumber([0] * self.today.day, [0] * min(self.today.day, (self.first - self.before).days)))

    def place(self, number: MonthNumber, day: datetime.date, count: int) -> None:
        """Add what was counted on that day, where it belongs to the numbers at all."""
        of = number.days if day >= self.first else number.before
        at = day.day - 1
        if day >= self.before and at < len(of):
            of[at] += count


def month(session: Session, zone: datetime.tzinfo) -> Month:
    """This month and the last one, as days are in `zone`."""
    today = clock.now(session).astimezone(zone).date()
    first = today.replace(day=1)
    found = Month(first, (first - datetime.timedelta(days=1)).replace(day=1), today)
    start = datetime.datetime.combine(found.before, datetime.time(), zone)
    numbers = {"sent": found.sent, "failed": found.failed, "given": found.given}
    for kind, day, _, count in quarter_sums.by_day(session, start, str(zone), list(numbers)):
        found.place(numbers[kind], day, count)
    days = [found.before + datetime.timedelta(days=n) for n in range((today - found.before).days + 1)]
    for day, count in fortnight.redeemed(session, days, zone):
        found.place(found.redeemed, day, count)
    return found
