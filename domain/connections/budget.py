"""How many calls may be made now? One row per connection and mode, shared by every worker, taken a second at a time.

Ask in a short transaction of its own: the row stays locked until it ends. A fifth of every second is kept for the trigger lane, and the
provider's own word ("not before 12:04:10") closes both lanes.
"""

import datetime
import uuid

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.connections import configured
from domain.kernel import clock
from domain.tables.connections import Connection, RateBudget

BULK_SHARE = 0.8
DOOR = 0x63616C6C
"""The first half of the lock that lets one worker after the other count the calls of a connection."""
_OPEN = text("SELECT count(*) FROM delivery_claims WHERE connection_id = :id AND state = 'open' AND lease_until > :now")


def take(session: Session, connection_id: uuid.UUID, mode: str, wanted: int, lane: str) -> int:
    """How many of `wanted` calls may begin in this second; 0 while paused, told to wait, or when the second is used up."""
    connection = session.get(Connection, connection_id)
    if connection is None or connection.paused_at is not None or connection.archived_at is not None or wanted <= 0:
        return 0
    limit = configured.limits_of(connection, configured.provider_of(connection).mode(mode)).per_second
    now = clock.now(session)
    if limit is None:
        until = waits_until(session, connection_id, mode)
        return 0 if until is not None and until > now else wanted
    row = locked(session, connection_id, mode)
    if row.wait_until is not None and row.wait_until > now:
        return 0
    second = now.replace(microsecond=0)
    if row.second < second:
        row.second, row.taken, row.taken_by_bulk = second, 0, 0
    free = limit - row.taken
    if lane == "bulk":
        free = min(free, max(1, int(limit * BULK_SHARE)) - row.taken_by_bulk)
    granted = max(0, min(wanted, free))
    row.taken += granted
    row.taken_by_bulk += granted if lane == "bulk" else 0
    session.flush()
    return granted


def crowded(session: Session, connection_id: uuid.UUID, mode: str) -> bool:
    """Whether as many calls are under way as the provider lets this connection have, over all workers.

    Ask in the transaction that opens the call: until it ends, nobody else opens one of a connection whose calls are counted.
    """
    connection = session.get(Connection, connection_id)
    if connection is None:
        return True
    limits = configured.limits_of(connection, configured.provider_of(connection).mode(mode))
    if not limits.counted:
        return False
    session.execute(text("SELECT pg_advisory_xact_lock(:door, hashtext(:id))"), {"door": DOOR, "id": connection_id.hex})
    open_now = session.execute(_OPEN, {"id": connection_id, "now": clock.now(session)}).scalar_one()
    return bool(open_now >= limits.concurrent)


def wait(session: Session, connection_id: uuid.UUID, mode: str, until: datetime.datetime, why: str) -> None:
    """The provider said: no call before `until`, because `why`. An earlier word never shortens a later one."""
    row = locked(session, connection_id, mode)
    if row.wait_until is None or row.wait_until < until:
        row.wait_until, row.wait_reason = until, why
    session.flush()


def waits_until(session: Session, connection_id: uuid.UUID, mode: str) -> datetime.datetime | None:
    """Until when the provider asked not to be called, if it ever did."""
    return session.scalar(select(RateBudget.wait_until).where(RateBudget.connection_id == connection_id, RateBudget.mode == mode))


def known(session: Session, connection_id: uuid.UUID, mode: str) -> RateBudget | None:
    """The row of this mode as it is now, or None where nothing was ever said about it."""
    return session.get(RateBudget, (connection_id, mode), populate_existing=True)


def locked(session: Session, connection_id: uuid.UUID, mode: str) -> RateBudget:
    """The row of this mode, until the transaction ends; made where there is none."""
    second = clock.now(session).replace(microsecond=0)
    session.execute(
        insert(RateBudget).values(connection_id=connection_id, mode=mode, second=second, taken=0, taken_by_bulk=0).on_conflict_do_nothing()
    )
    return session.scalars(
        select(RateBudget)
        .where(RateBudget.connection_id == connection_id, RateBudget.mode == mode)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
