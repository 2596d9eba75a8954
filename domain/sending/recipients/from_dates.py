"""Which dates came that live distributions wait for? Each becomes an event with its moment, and from there on it is an event like others.

The clock asks every minute. How far was looked is remembered for each kind, so that a moment is found once, also after the clock was away.
A moment that cannot be written down is passed over alone, and a kind that cannot be looked for keeps its place until a person tries again.
"""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from itertools import islice

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.journal.events import NewEvent, record
from domain.kernel import clock
from domain.tables.distributions import Distribution, LookedUntil
from domain.triggers import catalogue
from domain.triggers.contract import Trigger

PAGE = 5_000


def record_due(session: Session) -> int:
    """Record what came due since the last look, for triggers that somebody waits for; how many events."""
    dates = [trigger for trigger in catalogue.triggers().values() if trigger.due is not None]
    waited = _waited_since(session, [str(trigger.wakes) for trigger in dates]) if dates else {}
    counts: list[int] = []
    quarantine.each(
        session,
        "dates",
        [trigger for trigger in dates if str(trigger.wakes) in waited],
        lambda trigger: counts.append(_look(session, trigger, waited[str(trigger.wakes)])),
        lambda trigger: str(trigger.wakes),
    )
    return sum(counts)


def _waited_since(session: Session, kinds: list[str]) -> dict[str, datetime.datetime]:
    """Kind -> since when the first of those that wait for it is live."""
    waiting = (
        select(Distribution.wakes_on, func.min(Distribution.started_at))
        .where(Distribution.status.in_(("live", "paused")), Distribution.wakes_on.in_(kinds), Distribution.started_at.is_not(None))
        .where(text(quarantine.whole("dates", "distributions.wakes_on")))
        .group_by(Distribution.wakes_on)
    )
    return {kind: first for kind, first in session.execute(waiting) if first is not None}


def _look(session: Session, trigger: Trigger, waited_since: datetime.datetime) -> int:
    kind, now = str(trigger.wakes), clock.now(session)
    session.execute(insert(LookedUntil).values(kind=kind, at=waited_since).on_conflict_do_nothing())
    kept = session.scalars(
        select(LookedUntil).where(LookedUntil.kind == kind).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    ).one_or_none()
    if kept is None:
        return 0  # another clock looks just now
    since = max(kept.at, waited_since)
    found: Iterable[NewEvent] = trigger.due(session, since, now) if trigger.due is not None and since < now else ()
    kept.at = max(kept.at, now)
    rest, count = iter(found), 0
    while page := list(islice(rest, PAGE)):
        count += len(page) - len(_record(session, page))
    return count


def _record(session: Session, moments: Sequence[NewEvent]) -> list[quarantine.Alone[NewEvent]]:
    return quarantine.isolate(session, "dates", moments, lambda some: record(session, some), _named)


def _named(moment: NewEvent) -> str:
    """Kind, customer and time: enough to find it again."""
    return f"{moment.kind} {moment.customer_id} {moment.at.isoformat() if moment.at else ''}".strip()


def record_again(session: Session, item: str) -> None:
    """Record a moment that was passed over, if it is one still. A whole kind is looked for by the clock, from where it broke."""
    kind, *moment = item.split(" ")
    trigger = next((one for one in catalogue.triggers().values() if one.due is not None and str(one.wakes) == kind), None)
    if not moment or trigger is None or trigger.due is None:
        return
    customer_id, at = uuid.UUID(moment[0]), datetime.datetime.fromisoformat(moment[1])
    found = trigger.due(session, at - datetime.timedelta(microseconds=1), at)
    _record(session, [one for one in found if one.customer_id == customer_id and one.at == at])
