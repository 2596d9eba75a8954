"""What do processes report of themselves? Each writes its row every few seconds; pages of metrics read those of processes that live."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.journal import ProcessReport

ALIVE = datetime.timedelta(minutes=2)
"""A process that said nothing for so long is gone."""


def write(session: Session, process: str, kind: str, report: dict[str, Any]) -> None:
    """Say how this process is."""
    values = {"process": process, "kind": kind, "at": clock.now(session), "report": report}
    statement = insert(ProcessReport).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["process"], set_={"at": values["at"], "report": report}))


def end(session: Session, process: str) -> None:
    """This process ends."""
    session.execute(delete(ProcessReport).where(ProcessReport.process == process))


def alive(session: Session) -> Sequence[ProcessReport]:
    """The latest reports of processes that live."""
    lately = ProcessReport.at > clock.now(session) - ALIVE
    return session.scalars(select(ProcessReport).where(lately).order_by(ProcessReport.process)).all()


def forget(session: Session, limit: int = 1_000) -> bool:
    """Forget at most `limit` processes that are gone; whether there may be more. The clock calls it."""
    gone = select(ProcessReport.process).where(ProcessReport.at < clock.now(session) - 10 * ALIVE).limit(limit)
    told = session.scalars(delete(ProcessReport).where(ProcessReport.process.in_(gone)).returning(ProcessReport.process)).all()
    return len(told) == limit
