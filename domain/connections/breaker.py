"""Does the peer fail? Then its mode is asked less: one message at a time after a bad call, and after the second only now and then.

A bad call ends without one yes, and with doubt, an error of the server, a reset or silence. What is known stands in one row for each mode,
shared by every worker; a turn that a killed worker took runs out by itself. So an outage costs the calls under way and one more.
"""

import datetime
import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import budget
from domain.journal import audit, notices
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge
from domain.tables.connections import Connection, RateBudget

FIRST, LONGEST = datetime.timedelta(seconds=60), datetime.timedelta(minutes=30)
"""Between a bad call and the next trial: doubled each time."""
TURN = datetime.timedelta(seconds=120)
"""A call of one message is over long before that, or its worker was killed."""
FAILING = 2
"""So many bad calls in a row pause the mode."""
NOTICE = "failing"

_MENDED = text("""
    UPDATE rate_budgets b SET bad_calls = 0, failing_since = NULL, failing_reason = '', probe_at = NULL, turn_until = NULL
    FROM rate_budgets o WHERE b.connection_id = :id AND b.mode = :mode AND b.bad_calls > 0
      AND o.connection_id = b.connection_id AND o.mode = b.mode
    RETURNING o.failing_since IS NOT NULL AS failed
""")
_TURN_OVER = text("UPDATE rate_budgets SET turn_until = NULL WHERE connection_id = :id AND mode = :mode AND turn_until IS NOT NULL")
_CAREFUL = text("SELECT EXISTS (SELECT FROM rate_budgets WHERE connection_id = :id AND mode = :mode AND bad_calls > 0)")
_STILL = text("SELECT EXISTS (SELECT FROM rate_budgets WHERE connection_id = :id AND failing_since IS NOT NULL)")


def may_call(row: RateBudget | None, now: datetime.datetime) -> bool:
    """Whether a call may begin, as far as the peer is concerned."""
    if row is None or row.bad_calls == 0:
        return True
    return (row.probe_at is None or row.probe_at <= now) and (row.turn_until is None or row.turn_until <= now)


def take_turn(session: Session, connection_id: uuid.UUID, mode: str, many: int) -> int:
    """How many messages of `many` the next call may carry: all, one, or none. Ask in the transaction that opens the call."""
    if not careful(session, connection_id, mode):
        return many
    row, now = budget.locked(session, connection_id, mode), clock.now(session)
    if row.bad_calls == 0:
        return many
    if not may_call(row, now):
        return 0
    row.turn_until = now + TURN
    session.flush()
    return 1


def careful(session: Session, connection_id: uuid.UUID, mode: str) -> bool:
    """Whether the next call may carry one message at most."""
    return bool(session.execute(_CAREFUL, {"id": connection_id, "mode": mode}).scalar_one())


def give_turn_back(session: Session, connection_id: uuid.UUID, mode: str) -> None:
    """The call was not made, or says nothing about the peer."""
    session.execute(_TURN_OVER, {"id": connection_id, "mode": mode})


def went_well(session: Session, connection_id: uuid.UUID, mode: str) -> None:
    """The peer answered: all is as it was. Writes nothing where it was so already."""
    mended = session.execute(_MENDED, {"id": connection_id, "mode": mode}).one_or_none()
    if mended is None or not mended.failed or session.execute(_STILL, {"id": connection_id}).scalar_one():
        return
    connection = session.get_one(Connection, connection_id, with_for_update={"key_share": True}, populate_existing=True)
    if connection.health == "failing" and connection.paused_at is None:
        connection.health, connection.health_reason = "working", ""
    session.flush()
    notices.resolve(session, NOTICE, outside(Prefix.CONNECTION, connection_id))
    nudge(session, "resumed", connection_id)


def went_badly(session: Session, connection_id: uuid.UUID, mode: str, reason: str) -> None:
    """Another bad call: one message at a time from now on; or nothing until the next trial, and people are told once."""
    row, now = budget.locked(session, connection_id, mode), clock.now(session)
    row.turn_until, row.failing_reason = None, reason
    if row.probe_at is None or row.probe_at <= now:  # of calls that were under way when the pause began one more changes nothing
        row.bad_calls += 1
    if row.bad_calls >= FAILING and (row.probe_at is None or row.probe_at <= now):
        row.probe_at = now + min(FIRST * 2 ** min(row.bad_calls - FAILING, 10), LONGEST)
    if row.bad_calls >= FAILING and row.failing_since is None:
        row.failing_since = now
        _tell(session, connection_id, reason)
    session.flush()


def _tell(session: Session, connection_id: uuid.UUID, reason: str) -> None:
    connection = session.get_one(Connection, connection_id, with_for_update={"key_share": True}, populate_existing=True)
    connection.health, connection.health_reason = "failing", reason
    about = outside(Prefix.CONNECTION, connection_id)
    body = f"{reason} Its messages wait, and one of them tries from time to time: when that is taken, all go on by themselves."
    notices.raise_notice(session, NOTICE, about, f"“{connection.name}” fails", body, grave=True)


def try_now(session: Session, connection: Connection, actor: Actor) -> bool:
    """A person does not want to wait: the next call may begin at once. Whether anything waited."""
    now, waited = clock.now(session), False
    for row in session.query(RateBudget).where(RateBudget.connection_id == connection.id).with_for_update().all():
        if row.wait_until is not None and row.wait_until > now:
            row.wait_until, waited = now, True
        if row.probe_at is not None and row.probe_at > now:
            row.probe_at, waited = now, True
    if waited:
        session.flush()
        audit.record(session, actor, "try connection now", outside(Prefix.CONNECTION, connection.id), connection.name)
        nudge(session, "resumed", connection.id)
    return waited
