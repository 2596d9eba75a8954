"""Does a connection only fail? Where nothing was taken for as long as its mode says, it stops, and people are told."""

import datetime
import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import pause
from domain.kernel import clock

_SUCCESS = text("UPDATE connections SET failing_since = NULL WHERE id = :id AND failing_since IS NOT NULL")
_FAILURE = text("UPDATE connections SET failing_since = :now WHERE id = :id AND failing_since IS NULL")
_SINCE = text("SELECT failing_since FROM connections WHERE id = :id")


def succeeded(session: Session, id: uuid.UUID) -> None:
    """Something was taken: the count begins anew. Writes nothing where all was well."""
    session.execute(_SUCCESS, {"id": id})


def failed(session: Session, id: uuid.UUID, for_seconds: int) -> bool:
    """A whole call failed; whether the connection stopped because nothing else happened for `for_seconds`."""
    now = clock.now(session)
    session.execute(_FAILURE, {"id": id, "now": now})
    since = session.execute(_SINCE, {"id": id}).scalar_one_or_none()
    if since is None or now - since < datetime.timedelta(seconds=for_seconds):
        return False
    hours = int((now - since).total_seconds() // 3600)
    return pause.pause(session, id, f"Nothing was taken for {hours} hours: every attempt failed.")
