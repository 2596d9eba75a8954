"""How do the deliveries a worker holds leave it? Opened window by window, called, and written down, each in a short transaction.

No transaction is open during a call, and what a provider answered is kept until the database takes it.
"""

import datetime
import functools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from dataclasses import dataclass

from sqlalchemy.orm import Session

import settings
from domain.connections import breaker, budget, pause
from domain.connections.configured import Unusable
from domain.journal.trouble import is_trouble, name_of, sqlstate
from domain.kernel import clock
from domain.sending.calls import dispatch, record
from domain.sending.calls.provider_call import Call, CallResult, place
from domain.sending.prepare import leases
from domain.sending.prepare.leases import Item, Lease
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion
from domain.sending.states import moves
from integrations.http import Deadlines, Http
from logs import log
from workers import counters
from workers.sending import lease_keeper
from workers.sending.call_threads import call_threads
from workers.session import transaction

REMEMBERS = 120.0
"""Seconds for which an answer is kept while the database is away; then its lease runs out and it counts as unsure."""
CROWDED = datetime.timedelta(seconds=1)
"""How long to stay away where the provider lets no further call begin beside those under way."""


@functools.cache
def http() -> Http:
    """This process's way out."""
    now = settings.current()
    return Http(now.private_ranges, Deadlines(single=now.call_seconds, batch=now.batch_call_seconds))


@dataclass(frozen=True)
class Dispatcher:
    """Makes the calls of one lane, until `stop`."""

    lane: str
    stop: threading.Event

    def granted(self, way: ReadyChannel, wanted: int) -> int:
        """How many of `wanted` calls may begin now."""
        with transaction() as session:
            return budget.take(session, way.connection_id, way.mode.key, wanted, self.lane)

    def opened(self, about: ServedVersion, lease: Lease) -> None:
        """The call of a batch that was opened when it was prepared; put back where the peer failed meanwhile."""
        if self.stop.is_set():
            with transaction() as session:
                self._put_back(session, lease)
            return
        with lease_keeper.held(lease.id):
            try:
                with transaction() as session:
                    if breaker.careful(session, lease.way.connection_id, lease.way.mode.key):
                        self._put_back(session, lease)
                        return
                    call = dispatch.call_of(session, about, lease.way, lease.id, lease.items)
            except Unusable as why:
                with transaction() as session:
                    pause.pause(session, lease.way.connection_id, str(why))
                    self._put_back(session, lease)
                return
            self._record(call, self._place(call))

    def send(self, about: ServedVersion, lease: Lease) -> None:
        """Open the lease's deliveries call by call: in this thread, and in as many more as the connection may have."""
        windows = Windows(self, lease)
        with lease_keeper.held(lease.id):
            helpers = []
            for _ in range(windows.left() - 1):
                helper = call_threads().start(lease.way.connection_id, lease.way.limits.concurrent, lambda: self._some(about, windows))
                if helper is None:
                    break
                helpers.append(helper)
            try:
                self._some(about, windows)
            finally:
                wait(helpers)
            for helper in helpers:
                helper.result()
            with transaction() as session:
                leases.close(session, lease.id)

    def _some(self, about: ServedVersion, windows: "Windows") -> None:
        """One call after the other, until no window is left."""
        while (window := windows.take()) is not None:
            call = self._opened(about, windows, window)
            if call is not None:
                with lease_keeper.held(call.id):
                    self._record(call, self._place(call))

    def _opened(self, about: ServedVersion, windows: "Windows", window: list[Item]) -> Call | None:
        """Open this window, or as much of it as may be sent now; what may not goes back."""
        lease, granted = windows.lease, windows.grant()
        where = (lease.way.connection_id, lease.way.mode.key)
        with transaction() as session:
            if not granted or budget.crowded(session, *where):
                windows.give_back(session, window, clock.now(session) + CROWDED if granted else None)
                return None
            many = breaker.take_turn(session, *where, len(window))
            if not many:
                windows.give_back(session, window)
                return None
            windows.put_back(window[many:])
            try:
                call = dispatch.open_calls(session, about, lease, window[:many])
            except Unusable as why:
                pause.pause(session, lease.way.connection_id, str(why))
                windows.give_back(session, window)
                return None
            if call is None:
                breaker.give_turn_back(session, *where)
            return call

    def _place(self, call: Call) -> CallResult:
        began = time.monotonic()
        answered = place(call, http())
        fates = Counter(outcome.fate.value for outcome in answered.outcomes.values())
        fates["unanswered"] += len(call.items) - fates.total()
        counters.called(call.way.connection_id.hex, time.monotonic() - began, fates)
        return answered

    def _record(self, call: Call, answered: CallResult) -> None:
        persistently(lambda session: record.record(session, call, answered), self.stop)

    def _put_back(self, session: Session, lease: Lease) -> None:
        """Nothing of an opened lease was sent."""
        ids = [item.id for item in lease.items]
        moves.deliveries(session, ids, "ready", sources=("open",), attempt=lease.id, due=clock.now(session))
        leases.close(session, lease.id)


class Windows:
    """What is left of a lease, in windows as large as a call may be; several threads take from it."""

    def __init__(self, calls: Dispatcher, lease: Lease) -> None:
        self.lease = lease
        self._calls, self._left, self._granted = calls, deque(_windows(lease)), 0
        self._lock = threading.Lock()

    def left(self) -> int:
        """How many windows are left."""
        return len(self._left)

    def take(self) -> list[Item] | None:
        """The next window, or None where none is left."""
        with self._lock:
            return self._left.popleft() if self._left else None

    def put_back(self, window: list[Item]) -> None:
        """Somebody takes this one first."""
        if window:
            with self._lock:
                self._left.appendleft(window)

    def grant(self) -> bool:
        """Whether one call may begin now; patient for a second, because budgets are taken by the second."""
        with self._lock:
            for _ in range(12):
                if self._calls.stop.is_set():
                    break
                self._granted = self._granted or self._calls.granted(self.lease.way, min(len(self._left) + 1, 50))
                if self._granted:
                    self._granted -= 1
                    return True
                if self._calls.stop.wait(0.1):
                    break
            return False

    def give_back(self, session: Session, window: list[Item], due: datetime.datetime | None = None) -> None:
        """This window and all that are left are not sent by us now; whoever has time may, from `due` on."""
        with self._lock:
            rest = [item.id for one in (window, *self._left) for item in one]
            self._left.clear()
        leases.give_back(session, self.lease, rest, due)


def persistently(write: Callable[[Session], object], stop: threading.Event) -> None:
    """Write down what cannot be asked again. A database that is away is waited for: what a provider answered must not be lost with it."""
    patience, told = time.monotonic() + REMEMBERS, False
    while True:
        try:
            with transaction() as session:
                write(session)
        except Exception as why:
            if not is_trouble(why) or time.monotonic() > patience or stop.wait(0.3):
                raise
            if not told:
                log(__name__).warning("the database does not take an answer now; it is kept", error=name_of(why), code=sqlstate(why))
            told = True
        else:
            return


def _windows(lease: Lease) -> Iterator[list[Item]]:
    """As many as one call may carry, in number and in bytes."""
    limits = lease.way.limits
    room = limits.bytes
    template = sum(len(text) for text in lease.way.template.values())
    window: list[Item] = []
    size = template
    for item in lease.items:
        weight = 2 * sum(len(value) for value in item.slots.values()) + 500
        if window and (len(window) >= limits.items or (room is not None and size + weight > room)):
            yield window
            window, size = [], template
        window.append(item)
        size += weight
    if window:
        yield window
