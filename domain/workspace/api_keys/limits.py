"""How often may a key call in a minute, and how many codes may it give in a day?

Calls are counted without a row that every call must lock: a process takes a hundredth of the limit at a time from the row of the minute
and spends it in its memory. So the row is written about a hundred times a minute, however many calls come, and not at all once the limit is
used up. No minute has more calls than the limit; it may have fewer by one such part for each other process, which may hold it unspent.
A limit below 200 is counted call by call, and exact. Codes of a day are exact always: they are counted in the transaction that gives one,
as its last statement, so that callers of a key with such a limit wait for one another no longer than a commit takes.
"""

import datetime
import threading
import uuid
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.workspace.api_keys.authorize import Caller

SPANS = {"minute": datetime.timedelta(minutes=1), "day": datetime.timedelta(days=1)}
PARTS = 100
"""A process takes this part of a minute's calls at once."""
_REMEMBERED = 1_000
"""Keys a process remembers before it forgets those of minutes gone by."""


@dataclass(frozen=True)
class Taken:
    """How a span stands after this call: `limit` and what remains, and when it begins anew."""

    limit: int
    remaining: int
    anew_at: datetime.datetime

    @property
    def allowed(self) -> bool:
        """Whether this call was still within the limit."""
        return self.remaining >= 0


# A late caller of the minute before counts for the new one. `last_used_at` rides along, at most once a minute, and waits for nobody.
_TAKE = text("""
    WITH free AS MATERIALIZED (
        SELECT id FROM api_keys
        WHERE id = :key AND (last_used_at IS NULL OR last_used_at <= CAST(:now AS timestamptz) - interval '1 minute')
        FOR NO KEY UPDATE SKIP LOCKED),
    used AS (UPDATE api_keys k SET last_used_at = :now FROM free WHERE k.id = free.id)
    INSERT INTO api_key_windows AS w (key_id, span, begins_at, taken) VALUES (:key, :span, :begins, :units)
    ON CONFLICT (key_id, span) DO UPDATE
    SET taken = CASE WHEN w.begins_at < :begins THEN :units ELSE w.taken + :units END, begins_at = greatest(w.begins_at, :begins)
    RETURNING taken
""")


@dataclass
class _Minute:
    """What this process knows of a key's minute: calls it has taken and not spent, and how many all processes had taken then."""

    begins: datetime.datetime
    limit: int
    unspent: int = 0
    taken: int = 0
    used_up: bool = False


@dataclass
class CallLimits:
    """The calls this process may still make for each key; one object a process, used by all its threads."""

    _minutes: dict[uuid.UUID, _Minute] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, session: Session, caller: Caller) -> Taken:
        """Count one call. Whoever calls this commits at once: what was taken from the row is spent from memory afterwards."""
        begins = _begins(caller.now, "minute")
        with self._lock:
            minute = self._minute(caller, begins)
            if not minute.unspent and not minute.used_up:
                self._fetch(session, caller, minute)
            allowed = minute.unspent > 0
            minute.unspent -= allowed
            remaining = max(0, minute.limit - minute.taken) + minute.unspent if allowed else -1
        return Taken(minute.limit, remaining, begins + SPANS["minute"])

    def _minute(self, caller: Caller, begins: datetime.datetime) -> _Minute:
        known = self._minutes.get(caller.id)
        if known is None or known.begins < begins or known.limit != caller.per_minute:
            if len(self._minutes) >= _REMEMBERED:
                self._minutes = {key: minute for key, minute in self._minutes.items() if minute.begins >= begins}
            known = self._minutes[caller.id] = _Minute(begins, caller.per_minute)
        return known

    def _fetch(self, session: Session, caller: Caller, minute: _Minute) -> None:
        wanted = max(1, minute.limit // PARTS)
        minute.taken = _take(session, caller, "minute", minute.begins, wanted)
        minute.unspent = max(0, min(wanted, minute.limit - (minute.taken - wanted)))
        minute.used_up = minute.taken >= minute.limit


def take_code(session: Session, caller: Caller) -> Taken | None:
    """Count one code of the day, in the transaction that gives it; None where the key may give any number."""
    if caller.codes_per_day is None:
        return None
    begins = _begins(clock.now(session), "day")
    taken = _take(session, caller, "day", begins, 1)
    return Taken(caller.codes_per_day, caller.codes_per_day - taken, begins + SPANS["day"])


def _take(session: Session, caller: Caller, span: str, begins: datetime.datetime, units: int) -> int:
    values = {"key": caller.id, "span": span, "begins": begins, "units": units, "now": caller.now}
    taken: int = session.execute(_TAKE, values).scalar_one()
    return taken


def _begins(now: datetime.datetime, span: str) -> datetime.datetime:
    """When the running minute or day began, in UTC."""
    minute = now.replace(second=0, microsecond=0)
    return minute if span == "minute" else minute.replace(hour=0, minute=0)
