"""What does the list of distributions show? Filters, and for one page of rows their numbers, from folded sums only."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import folded
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign

DAYS = 14
VIEWS = {
    "": (),
    "live": ("live",),
    "going": ("scheduled", "sending"),
    "needs": ("paused",),
    "drafts": ("draft",),
    "over": ("done", "stopped", "ended"),
}
"""The tabs of the list, and the states in each."""


@dataclass(frozen=True)
class DistributionFilter:
    """What is asked of the list; what is empty is not asked."""

    view: str = ""
    text: str = ""
    """A part of the name, or of the name of its campaign."""
    state: str = ""
    trigger: str = ""
    channel: str = ""
    """The provider's key."""
    campaign_id: uuid.UUID | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is asked at all."""
        return self != DistributionFilter()


@dataclass(frozen=True)
class Numbers:
    """The numbers of one distribution. `people` were reached or are to be; `days` are messages sent, the last one today."""

    waiting: int = 0
    served: int = 0
    failed: int = 0
    skipped: int = 0
    sent: int = 0
    bounced: int = 0
    unsure: int = 0
    """People of whom nobody knows whether they got it; they are not among the served."""
    days: tuple[int, ...] = field(default=(0,) * DAYS)

    @property
    def people(self) -> int:
        """All it is about, but for those left out."""
        return self.waiting + self.served + self.unsure + self.failed

    @property
    def done(self) -> int:
        """Those of them who wait for nothing any more."""
        return self.people - self.waiting


def matching(asked: DistributionFilter) -> Select[Distribution]:
    """The distributions that fit; the caller orders and pages."""
    query = select(Distribution)
    for condition in _conditions(asked):
        query = query.where(condition)
    return query


def _conditions(asked: DistributionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if states := VIEWS.get(asked.view):
        # what waits for a person: paused by something else than a person
        conditions.append(Distribution.status.in_(states))
        if asked.view == "needs":
            conditions.append(Distribution.pause_reason != "person")
    if asked.state:
        conditions.append(Distribution.status == asked.state)
    if asked.trigger:
        conditions.append(Distribution.trigger == asked.trigger)
    if words := folded(asked.text):
        campaigns = select(cast(Campaign.id, Text)).where(Campaign.name_key.contains(words, autoescape=True))
        conditions.append(
            or_(Distribution.name_key.contains(words, autoescape=True), Distribution.spec["campaign_id"].astext.in_(campaigns))
        )
    if asked.campaign_id:
        id = str(asked.campaign_id)
        conditions.append(or_(Distribution.spec["campaign_id"].astext == id, Distribution.spec["trigger_campaign_id"].astext == id))
    if asked.channel:
        conditions.append(_by(asked.channel))
    return conditions


def _by(provider: str) -> ColumnElement[bool]:
    """Whether one of its channels is a connection of this provider."""
    uses = func.jsonb_path_exists(
        Distribution.spec, text("'$.channels[*] ? (@.connection_id == $id)'"), func.jsonb_build_object("id", cast(Connection.id, Text))
    )
    return select(Connection.id).where(and_(Connection.provider == provider, uses)).exists()


def counts(session: Session) -> dict[str, int]:
    """How many there are in each tab."""
    grouped = Distribution.status, Distribution.pause_reason
    rows = [(status, why == "person", n) for status, why, n in session.execute(select(*grouped, func.count()).group_by(*grouped))]
    return {
        view: sum(n for status, by_person, n in rows if (not states or status in states) and not (view == "needs" and by_person))
        for view, states in VIEWS.items()
    }


_NUMBERS = text("""
    WITH every AS (
        SELECT distribution_id, channel, state, reason, count AS n FROM tallies WHERE distribution_id = ANY(:ids)
        UNION ALL SELECT distribution_id, channel, state, reason, delta FROM tally_deltas WHERE distribution_id = ANY(:ids))
    SELECT distribution_id,
        coalesce(sum(n) FILTER (WHERE channel = '' AND state IN ('pending', 'ready')), 0) AS waiting,
        coalesce(sum(n) FILTER (WHERE channel = '' AND state = 'served' AND reason <> 'unsure'), 0) AS served,
        coalesce(sum(n) FILTER (WHERE channel = '' AND state = 'served' AND reason = 'unsure'), 0) AS unsure,
        coalesce(sum(n) FILTER (WHERE channel = '' AND state = 'failed'), 0) AS failed,
        coalesce(sum(n) FILTER (WHERE channel = '' AND state = 'skipped'), 0) AS skipped,
        coalesce(sum(n) FILTER (WHERE channel <> '' AND state = 'sent'), 0) AS sent,
        coalesce(sum(n) FILTER (WHERE channel <> '' AND state = 'bounced'), 0) AS bounced
    FROM every GROUP BY distribution_id
""")
_DAYS = text("""
    SELECT distribution_id, (extract(epoch FROM :today - date_trunc('day', minute)) / 86400)::int AS ago, sum(n)::bigint AS n FROM (
        SELECT distribution_id, minute, count AS n FROM tallies
            WHERE distribution_id = ANY(:ids) AND channel <> '' AND state = 'sent' AND minute >= :first
        UNION ALL SELECT distribution_id, minute, delta FROM tally_deltas
            WHERE distribution_id = ANY(:ids) AND channel <> '' AND state = 'sent' AND minute >= :first) AS sent
    GROUP BY 1, 2
""")


def numbers(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Numbers]:
    """The numbers of these distributions."""
    if not ids:
        return {}
    today = clock.now(session).replace(hour=0, minute=0, second=0, microsecond=0)
    days: dict[uuid.UUID, list[int]] = {id: [0] * DAYS for id in ids}
    bound = {"ids": list(ids), "today": today, "first": today - datetime.timedelta(days=DAYS - 1)}
    for id, ago, n in session.execute(_DAYS, bound):
        if 0 <= ago < DAYS:
            days[id][DAYS - 1 - ago] = int(n)
    found: dict[uuid.UUID, Numbers] = {id: Numbers() for id in ids}
    for row in session.execute(_NUMBERS, {"ids": list(ids)}):
        found[row.distribution_id] = Numbers(
            int(row.waiting),
            int(row.served),
            int(row.failed),
            int(row.skipped),
            int(row.sent),
            int(row.bounced),
            int(row.unsure),
            tuple(days[row.distribution_id]),
        )
    return found
