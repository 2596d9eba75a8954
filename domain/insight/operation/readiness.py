"""Can this installation do its work now? A table of questions; each is answered with nothing, or with what is wrong and what to do."""

import datetime
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

import resources
import settings
from domain.insight.operation.broker import BrokerAway, lengths
from domain.insight.operation.due_work import due_work
from domain.kernel import clock
from domain.tables.workspace import Project

LEAST_FREE = 500 * 1024 * 1024
"""Bytes of disk below which nothing more should be written."""
SILENCE = datetime.timedelta(minutes=2)
"""How long no clock may have been here."""
PATIENCE = "2s"
"""What one statement of these questions may take."""


@dataclass(frozen=True)
class ReadinessCheck:
    """One question. `ask` yields a sentence for each thing that is wrong; `remedy` says what to do then."""

    key: str
    ask: Callable[[Session], Iterator[str]]
    remedy: str


def migrations(session: Session) -> Iterator[str]:
    """Whether the database is where the program is."""
    at, newest = session.execute(text("SELECT version_num FROM alembic_version")).scalar(), resources.newest_migration()
    if at != newest:
        yield f"The database is at migration {at}, the program needs {newest}."


def broker(session: Session) -> Iterator[str]:
    """Whether nudges can travel."""
    try:
        lengths()
    except BrokerAway as why:
        yield f"The broker does not take what we write: {why}."


def disk(session: Session) -> Iterator[str]:
    """Whether there is room for uploads, logs and the embedded servers."""
    data = settings.current().data
    if data.exists() and (free := shutil.disk_usage(data).free) < LEAST_FREE:
        yield f"Only {free // 1024 // 1024} MB of disk are free."


def heartbeat(session: Session) -> Iterator[str]:
    """Whether a clock was here lately."""
    seen, now = session.scalar(select(Project.last_seen_at)), clock.now(session)
    if seen is not None and now - seen > SILENCE:
        yield f"The clock's last sign of life is {(now - seen).total_seconds():,.0f} seconds old."


def due(session: Session) -> Iterator[str]:
    """Whether something has been due for so long that it must be stuck."""
    return (work.words for work in due_work(session) if work.stuck)


CHECKS = (
    ReadinessCheck("migrations", migrations, "Run `largesse migrate`."),
    ReadinessCheck("broker", broker, "Start it, or correct BROKER_URL. Work goes on more slowly meanwhile; nothing is lost."),
    ReadinessCheck("disk", disk, "Make room where LARGESSE_DATA lies."),
    ReadinessCheck("clock", heartbeat, "Start `largesse clock`; without it nothing falls due."),
    ReadinessCheck("due_work", due, "Start a worker for this lane, or see in `largesse doctor` what holds it."),
)


def findings(session: Session) -> dict[str, list[str]]:
    """Key of each question -> what is wrong; an empty list where all is well. Raises SQLAlchemyError where the database does not answer."""
    session.execute(text("SELECT set_config('statement_timeout', :limit, true)"), {"limit": PATIENCE})
    return {check.key: list(check.ask(session)) for check in CHECKS}
