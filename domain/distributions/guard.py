"""Is this the hour it was meant for? After a long sleep or on a restored database, sending waits until a person confirms.

Held: what is more than an hour late; everything due or sending after a gap of an hour in the clock's heartbeat; and everything at all on a
database that is not the one `LARGESSE_DATA` remembers.
"""

import datetime
from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain import clock
from domain.distributions import pause
from domain.distributions.models import Distribution
from domain.project.current import of as project_of

LATE = datetime.timedelta(hours=1)

RESTORED = (
    "This database is not the one this installation last worked with: it looks like a restored backup, "
    "and what it says is still to be sent may have been sent already. Look at it, then go on or stop."
)


def beat(session: Session, mark: str = "") -> int:
    """The clock's heartbeat, once a tick before anything is started; how many distributions it had to hold.

    `mark` is the word kept under `LARGESSE_DATA` beside the database; empty where there is none to compare.
    """
    project, now = project_of(session), clock.now(session)
    held = 0
    last, project.last_seen_at = project.last_seen_at, now
    if mark and project.data_mark and mark != project.data_mark:
        held += _hold(session, _unfinished(session), RESTORED)
    elif last is not None and now - last >= LATE:
        said = (
            f"Nothing could be sent from {last:%d %B %H:%M} to {now:%d %B %H:%M} UTC. Look whether it is still right, then go on or stop."
        )
        held += _hold(session, _interrupted(session, now), said)
    if mark:
        project.data_mark = mark
    return held


def late(row: Distribution, now: datetime.datetime) -> str:
    """Why this due distribution must not start by itself; empty where it may."""
    if row.due_at is None or now - row.due_at <= LATE or _confirmed(row):
        return ""
    return f"It was due at {row.due_at:%H:%M} UTC on {row.due_at:%d %B} and nothing could be sent then. Look whether it is still right."


def _confirmed(row: Distribution) -> bool:
    return row.confirmed_late_at is not None and row.due_at is not None and row.confirmed_late_at >= row.due_at


def _unfinished(session: Session) -> Iterable[Distribution]:
    return session.scalars(select(Distribution).where(Distribution.status.in_(("scheduled", "sending", "live"))))


def _interrupted(session: Session, now: datetime.datetime) -> Iterable[Distribution]:
    due = (Distribution.status == "scheduled") & (Distribution.due_at <= now)
    return session.scalars(select(Distribution).where(or_(Distribution.status == "sending", due)))


def _hold(session: Session, rows: Iterable[Distribution], said: str) -> int:
    return sum(pause.because(session, row.id, "late", said) for row in list(rows))
