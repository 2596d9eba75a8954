"""Which channels of a distribution may be called now, and by how many threads?"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.connections import breaker, budget
from domain.kernel import clock
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion
from domain.tables.connections import Connection

SMALL_BATCH = 200
"""How many are prepared at once for a channel whose calls carry few: they are leased, then opened call by call."""
CALLS = 4
"""Threads of one worker process that prepare for one distribution and lane."""


@dataclass(frozen=True)
class OpenNow:
    """What a look shows: the recipe of today, and the channels whose connections may be called."""

    about: ServedVersion
    ways: tuple[ReadyChannel, ...]
    dry: bool = False
    """It waits for codes: what is prepared is sent, nobody else is prepared."""


def may_be_called(session: Session, way: ReadyChannel) -> bool:
    """Whether its connection is neither paused nor told to wait, and the peer does not fail, or may be tried again."""
    connection = session.get(Connection, way.connection_id)
    if connection is None or connection.paused_at is not None:
        return False
    known, now = budget.known(session, way.connection_id, way.mode.key), clock.now(session)
    return known is None or ((known.wait_until is None or known.wait_until <= now) and breaker.may_call(known, now))


def width(way: ReadyChannel) -> int:
    """How many threads prepare and call for it at once. Where a call carries one message, one prepares, and others help with the calls."""
    return min(CALLS, way.limits.concurrent) if way.limits.items > 1 else 1
