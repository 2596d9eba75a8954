"""Is this the hour, and the database, it was meant for? If not, sending waits until a person confirms.

Held: what is more than an hour late; everything due or sending after a gap of an hour in the clock's heartbeat; and everything at all on a
restored backup: a database that remembers less than the file beside it under `LARGESSE_DATA`.
"""

import datetime
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from domain.distributions.control import pause
from domain.kernel import clock
from domain.kernel.base import new_id
from domain.tables.distributions import Distribution
from domain.tables.workspace import current_project
from domain.workspace.project import database_mark
from domain.workspace.project.database_mark import Mark

LATE = datetime.timedelta(hours=1)
RESTORED = (
    "This database is not as this installation last knew it: it looks like a restored backup, and what it says is still to be sent "
    "may have been sent already. Look at it, then go on or stop."
)
RESTORED_MAIL = "It waited in a restored backup, and may have been sent already."
_MAIL = text("UPDATE letters SET state = 'failed', box = '', reason = :said WHERE state IN ('waiting', 'open')")


def after_gap(session: Session) -> int:
    """Hold what is due or sending where no clock was here for an hour; how many. Asked before anything is started."""
    last, now = current_project(session).last_seen_at, clock.now(session)
    if last is None or now - last < LATE:
        return 0
    said = f"Nothing could be sent from {last:%d %B %H:%M} to {now:%d %B %H:%M} UTC. Is it still right? Then go on, or stop."
    due = (Distribution.status == "scheduled") & (Distribution.due_at <= now)
    return _hold(session, session.scalars(select(Distribution).where(or_(Distribution.status == "sending", due))), said)


def recognise(session: Session, file: Path | None = None) -> int:
    """Compare the database with what the file remembers, and let both remember this minute; how many distributions were held."""
    file = file or database_mark.file_of_mark()
    project = current_project(session)
    known, seen = database_mark.remembered(file), database_mark.parsed(project.data_mark)
    minute = int(clock.now(session).timestamp() // 60)
    if known is not None and not database_mark.fits(known, seen):
        everything = select(Distribution).where(Distribution.status.in_(("scheduled", "sending", "live")))
        held = _hold(session, session.scalars(everything), RESTORED)
        session.execute(_MAIL, {"said": RESTORED_MAIL})
        # told once: from here on this is the database we know, under a word of its own
        project.data_mark = str(Mark(new_id().hex, minute, known.word))
        return held
    if seen is not None and (known is None or (known.word, known.number) != (seen.word, seen.number)):
        database_mark.remember(file, seen)
    if seen is None or minute > seen.number:
        project.data_mark = str(Mark(seen.word if seen else new_id().hex, minute, seen.follows if seen else ""))
    return 0


def late(row: Distribution, now: datetime.datetime) -> str:
    """Why this due distribution must not start by itself; empty where it may."""
    if row.due_at is None or now - row.due_at <= LATE or _confirmed(row):
        return ""
    return f"It was due at {row.due_at:%H:%M} UTC on {row.due_at:%d %B} and nothing could be sent then. Look whether it is still right."


def _confirmed(row: Distribution) -> bool:
    return row.confirmed_late_at is not None and row.due_at is not None and row.confirmed_late_at >= row.due_at


def _hold(session: Session, rows: Iterable[Distribution], said: str) -> int:
    return sum(pause.pause_because(session, row.id, "late", said) for row in list(rows))
