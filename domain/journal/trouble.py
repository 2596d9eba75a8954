"""Whose fault is an error? Of the one thing that was worked on, or of what everything stands on: the database, the disk, the memory.

Trouble passes: whoever meets it rolls back, waits and tries the same again. Anything else breaks again as often as it is tried.
"""

import errno
from collections.abc import Iterator

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_STATES = ("08", "25P03", "25P04", "40", "53", "55006", "55P03", "57", "58")
"""What PostgreSQL says (SQLSTATE, or its class) of a lost connection, an idle or too long transaction, a deadlock or a serialisation, full
resources, locks, a cancelled statement, a shutdown, a failing disk."""
_SYSTEM = frozenset({
    errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EAGAIN, errno.EROFS,
})  # fmt: skip


def is_trouble(why: BaseException) -> bool:
    """Whether this, or what it was raised from, is the lane's trouble rather than the fault of one item."""
    return any(_one(each) for each in _behind(why))


def _behind(why: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    now: BaseException | None = why
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield now
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)


def _one(why: BaseException) -> bool:
    if isinstance(why, (DBAPIError, psycopg.Error)):
        if state := sqlstate(why):
            return state.startswith(_STATES)
        return isinstance(why, (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError))
    if isinstance(why, OSError):
        return isinstance(why, (ConnectionError, TimeoutError)) or why.errno in _SYSTEM
    return isinstance(why, (MemoryError, PoolTimeout))


def sqlstate(why: BaseException) -> str:
    """The five letters of PostgreSQL's error; empty where it said none (the connection broke before it could)."""
    return str(getattr(getattr(why, "orig", why), "sqlstate", None) or "")


def name_of(why: BaseException) -> str:
    """The class of the error, the database's own where it has one. Never its text, which may quote a person's data."""
    return type(why.orig if isinstance(why, DBAPIError) and why.orig else why).__name__
