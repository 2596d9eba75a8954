"""Which dates came that live distributions wait for? Each becomes an event with its moment, and from there on it is an event like others.

The clock asks every minute. How far was looked is remembered for each kind, so that a moment is found once, also after the clock was away.
A moment that cannot be written down is passed over alone, and a kind that cannot be looked for keeps its place until a person tries again.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.journal.events import NewEvent, record
from domain.kernel import clock
from domain.tables.distributions import Distribution, LookedUntil, Version
from domain.triggers import catalogue, own_settings
from domain.triggers.contract import FOUND_FOR, Trigger

PAGE = 5_000


class _Waited(NamedTuple):
    """Settings with which live distributions wait, and since when the first of these is live."""

    settings: dict[str, Any]
    since: datetime.datetime


def record_due(session: Session) -> int:
    """Record what came due since the last look, for triggers that somebody waits for; how many events."""
    dates = _dates()
    waited = _waited_for(session, dates) if dates else {}
    counts: list[int] = []
    quarantine.each(
        session,
        "dates",
        [trigger for kind, trigger in dates.items() if kind in waited],
        lambda trigger: counts.append(_look(session, trigger, waited[str(trigger.wakes)])),
        lambda trigger: str(trigger.wakes),
    )
    return sum(counts)


def _dates() -> dict[str, Trigger]:
    """Kind of event -> the trigger that looks for it."""
    return {str(trigger.wakes): trigger for trigger in catalogue.triggers().values() if trigger.due is not None}


def _waited_for(session: Session, dates: Mapping[str, Trigger]) -> dict[str, list[_Waited]]:
    """Kind -> each of the settings with which somebody waits for it, and since when."""
    version = (Version.distribution_id == Distribution.id) & (Version.version == Distribution.version)
    settings = Version.plan["settings"]
    waiting = (
        select(Distribution.wakes_on, settings, func.min(Distribution.started_at))
        .join(Version, version)
        .where(Distribution.status.in_(("live", "paused")), Distribution.wakes_on.in_(dates), Distribution.started_at.is_not(None))
        .where(text(quarantine.whole("dates", "distributions.wakes_on")))
        .group_by(Distribution.wakes_on, settings)
    )
    found: dict[str, list[_Waited]] = defaultdict(list)
    for kind, kept, first in session.execute(waiting):
        waited = _Waited(_settings(dates[kind], kept), first)
        same = next((one for one in found[kind] if one.settings == waited.settings), None)
        if same is not None:
            found[kind].remove(same)
            waited = _Waited(same.settings, min(same.since, first))
        found[kind].append(waited)
    return found


def _settings(trigger: Trigger, kept: Any) -> dict[str, Any]:
    """Settings as a plan keeps them; of one that cannot be read those that are proposed, so that its event pauses it in words."""
    try:
        return own_settings.stored(trigger, kept or {})
    except (AttributeError, TypeError, ValueError):
        return own_settings.read(trigger, {})


def _due(
    session: Session, trigger: Trigger, settings: Mapping[str, Any], since: datetime.datetime, until: datetime.datetime
) -> Iterator[NewEvent]:
    """The moments of these settings; each carries what it was found for."""
    found = trigger.due(session, since, until, settings) if trigger.due is not None and since < until else ()
    return (replace(one, facts={**one.facts, FOUND_FOR: dict(settings)}) if settings else one for one in found)


def _look(session: Session, trigger: Trigger, waited: Sequence[_Waited]) -> int:
    kind, now = str(trigger.wakes), clock.now(session)
    session.execute(insert(LookedUntil).values(kind=kind, at=min(one.since for one in waited)).on_conflict_do_nothing())
    kept = session.scalars(
        select(LookedUntil).where(LookedUntil.kind == kind).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    ).one_or_none()
    if kept is None:
        return 0  # another clock looks just now
    looked, count = kept.at, 0
    kept.at = max(kept.at, now)
    rest = chain.from_iterable(_due(session, trigger, one.settings, max(looked, one.since), now) for one in waited)
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
    dates = _dates()
    if not moment or kind not in dates:
        return
    customer_id, at = uuid.UUID(moment[0]), datetime.datetime.fromisoformat(moment[1])
    before, trigger = at - datetime.timedelta(microseconds=1), dates[kind]
    found = [one for waited in _waited_for(session, dates)[kind] for one in _due(session, trigger, waited.settings, before, at)]
    _record(session, [one for one in found if one.customer_id == customer_id and one.at == at])
