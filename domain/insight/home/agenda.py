"""What goes out now, what next, and what waits for events?"""

import datetime
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from domain.distributions.audience import left_out
from domain.distributions.draft.spec import Spec
from domain.distributions.plan import names as naming
from domain.kernel import clock
from domain.tables.customers import Segment
from domain.tables.distributions import Distribution

SHOWN = 6
PATIENCE = "150ms"
"""For counting one that is scheduled."""


@dataclass(frozen=True)
class RunningNow:
    """A distribution that sends, or will, to so many people, those left out not among them.

    `people` None: not known yet; `about`: a segment that is still being counted.
    """

    row: Distribution
    spec: Spec
    done: int = 0
    people: int | None = None
    about: bool = False
    seconds_left: int | None = None


@dataclass(frozen=True)
class Agenda:
    """What Home lists; the totals count what does not fit too."""

    now: list[RunningNow] = field(default_factory=list)
    next: list[RunningNow] = field(default_factory=list)
    live: list[RunningNow] = field(default_factory=list)
    names: naming.DisplayNames = field(default_factory=naming.DisplayNames)
    totals: dict[str, int] = field(default_factory=dict)
    """State -> how many; `paused` only those that something paused."""


_RUNS = text("""
    WITH every AS (
        SELECT distribution_id, state, minute, count AS n FROM tallies WHERE distribution_id = ANY(:ids) AND channel = ''
        UNION ALL SELECT distribution_id, state, minute, delta FROM tally_deltas WHERE distribution_id = ANY(:ids) AND channel = '')
    SELECT distribution_id,
        coalesce(sum(n) FILTER (WHERE state IN ('pending', 'ready')), 0)::bigint AS waiting,
        coalesce(sum(n) FILTER (WHERE state IN ('served', 'failed')), 0)::bigint AS done,
        coalesce(sum(n) FILTER (WHERE state IN ('served', 'failed', 'skipped') AND minute >= :lately), 0)::bigint AS lately,
        extract(epoch FROM CAST(:now AS timestamptz) - min(minute) FILTER (WHERE minute >= :lately)) AS seconds
    FROM every WHERE state IN ('pending', 'ready', 'served', 'failed', 'skipped') GROUP BY 1
""")


def agenda(session: Session) -> Agenda:
    """The distributions that are on their way, the nearest first."""
    totals = _totals(session)
    sending = _rows(session, "sending", Distribution.started_at.desc())
    scheduled = _rows(session, "scheduled", Distribution.due_at.asc().nulls_last())
    live = _rows(session, "live", Distribution.updated_at.desc())
    specs = {row.id: Spec.shown(row.spec) for row in (*sending, *scheduled, *live)}
    return Agenda(
        now=_running(session, sending, specs),
        next=_awaited(session, scheduled, specs),
        live=[RunningNow(row, specs[row.id]) for row in live],
        names=naming.of(session, specs.values()),
        totals=totals,
    )


def _totals(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Distribution.status, func.count())
        .where(
            Distribution.status.in_(("scheduled", "sending", "live"))
            | ((Distribution.status == "paused") & (Distribution.pause_reason != "person"))
        )
        .group_by(Distribution.status)
    )
    return dict(iter(rows))


def _rows(session: Session, status: str, order: ColumnElement[Any]) -> list[Distribution]:
    query = select(Distribution).where(Distribution.status == status).order_by(order, Distribution.id).limit(SHOWN)
    return list(session.scalars(query))


def _running(session: Session, rows: list[Distribution], specs: dict[uuid.UUID, Spec]) -> list[RunningNow]:
    now = clock.now(session)
    bound = {"ids": [row.id for row in rows], "now": now, "lately": now - datetime.timedelta(minutes=5)}
    runs = {run.distribution_id: run for run in session.execute(_RUNS, bound)} if rows else {}
    out = []
    for row in rows:
        run = runs.get(row.id)
        if run is None:
            out.append(RunningNow(row, specs[row.id]))
            continue
        pace = run.lately / max(float(run.seconds or 0), 1.0)
        counted = row.fanned_out_at is not None
        left = int(run.waiting / pace) if pace > 0 and counted else None
        out.append(RunningNow(row, specs[row.id], run.done, run.waiting + run.done, about=not counted, seconds_left=left))
    return out


def _awaited(session: Session, rows: list[Distribution], specs: dict[uuid.UUID, Spec]) -> list[RunningNow]:
    """Those scheduled, with who gets them by the reasons of the wizard; without a number where counting takes longer than Home waits."""
    wanted = {specs[row.id].segment_id for row in rows} - {None}
    syncing = set(session.scalars(select(Segment.id).where(Segment.id.in_(wanted), Segment.sync != "synced"))) if wanted else set()
    out = []
    for row in rows:
        counted = left_out.count(session, specs[row.id], PATIENCE)
        people = counted.reached if counted else None
        out.append(RunningNow(row, specs[row.id], people=people, about=specs[row.id].segment_id in syncing))
    return out
