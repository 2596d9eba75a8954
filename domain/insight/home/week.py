"""What is planned for the next seven days? What sends now, what is scheduled for each day, and which pool may run dry on it."""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.insight.home.agenda import Agenda
from domain.insight.home.low_pools import Low
from domain.kernel import clock

DAYS = 7
SHOWN = 3
MOST = 100
"""Distributions scheduled for the week that are looked at."""


_SCHEDULED = text("""
    SELECT id, name, due_at FROM distributions WHERE status = 'scheduled' AND held_seconds IS NULL AND due_at < :end
    ORDER BY due_at, id LIMIT :most
""")


@dataclass(frozen=True)
class Planned:
    """A line of a day. `kind` is `now`, `next`, or `dry`: a pool of that name may be empty then."""

    kind: str
    id: uuid.UUID
    name: str
    at: datetime.datetime | None = None
    people: int | None = None
    done: int = 0
    about: bool = False


@dataclass
class WeekDay:
    """A day with what stands on it; `more` lines do not fit."""

    date: datetime.date
    lines: list[Planned] = field(default_factory=list)
    more: int = 0

    def add(self, line: Planned) -> None:
        """One more line, or one more that is only counted."""
        if len(self.lines) < SHOWN:
            self.lines.append(line)
        else:
            self.more += 1


def week(session: Session, zone: datetime.tzinfo, going: Agenda, low: Iterable[Low]) -> list[WeekDay]:
    """Today and the six days after it, as days are in `zone`."""
    now = clock.now(session)
    today = now.astimezone(zone).date()
    days = {today + datetime.timedelta(days=n): WeekDay(today + datetime.timedelta(days=n)) for n in range(DAYS)}
    for one in going.now:
        days[today].add(Planned("now", one.row.id, one.row.name, one.row.started_at, one.people, one.done, one.about))
    known = {one.row.id: one for one in going.next}
    end = datetime.datetime.combine(today + datetime.timedelta(days=DAYS), datetime.time(), zone)
    for id, name, at in session.execute(_SCHEDULED, {"end": end, "most": MOST}):
        counted = known.get(id)
        people, about = (counted.people, counted.about) if counted else (None, False)
        days[max(at.astimezone(zone).date(), today)].add(Planned("next", id, name, at, people, about=about))
    for pool in low:
        if pool.ends is not None and (day := days.get(pool.ends.astimezone(zone).date())):
            day.add(Planned("dry", pool.campaign_id, pool.name))
    return list(days.values())
