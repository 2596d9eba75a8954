"""Does a live distribution wait for what just happened? Asked once a batch, so that a million events nobody waits for are never written."""

import uuid
from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal.events import EventKind
from domain.kernel.base import array

ASKED_FIRST = frozenset({EventKind.PUBLISHED})
"""They happen in bulk, and another row tells them as well: as events they are written only while somebody waits."""
TURN = 7_340_032
"""The lock by which those who record and those who begin to wait take turns."""

_WAITS = text("""
    SELECT EXISTS (SELECT FROM distributions WHERE status IN ('live', 'paused') AND wakes_on = :kind
                   AND (about_id IS NULL OR about_id = ANY(CAST(:subjects AS uuid[]))))
""")


def anybody(session: Session, kind: EventKind, subjects: Collection[uuid.UUID]) -> bool:
    """Whether a live or paused distribution waits for this kind of event about one of these subjects.

    Held until the commit, so that a distribution that begins to wait sees what was not written.
    """
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:turn)"), {"turn": TURN})
    return bool(session.scalar(_WAITS, {"kind": kind, "subjects": array(subjects)}))


def begin(session: Session, kind: str | None) -> None:
    """A distribution will wait for these: let those end who did not write them because nobody waited. Call it before any row is locked."""
    if kind in ASKED_FIRST:
        session.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
