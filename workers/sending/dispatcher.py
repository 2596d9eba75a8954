"""How do the deliveries a worker holds leave it? Opened window by window, called, and written down, each in a short transaction.

No transaction is open during a call, and what a provider answered is kept until the database takes it.
"""

import datetime
import functools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

import settings
from domain.connections import budget, pause
from domain.connections.configured import Unusable
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.sending.calls import dispatch, record
from domain.sending.calls.provider_call import Call, CallResult, place
from domain.sending.prepare import leases
from domain.sending.prepare.leases import Item, Lease
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion
from domain.sending.states import moves
from integrations.http import Http
from logs import log
from workers import counters
from workers.sending import lease_keeper
from workers.session import transaction

REMEMBERS = 120.0
"""Seconds for which an answer is kept while the database is away; then its lease runs out and it counts as unsure."""
NAMED = 10
"""Deliveries of a broken call that its log line names."""
CROWDED = datetime.timedelta(seconds=1)
"""How long to stay away where the provider lets no further call begin beside those under way."""


@functools.cache
def http() -> Http:
    """This process's way out."""
    return Http(settings.current().private_ranges)


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
        """The call of a batch that was opened when it was prepared."""
        if self.stop.is_set():
            self._not_called(lease)
            return
        with lease_keeper.held(lease.id):
            try:
                with transaction() as session:
                    call = dispatch.call_of(session, about, lease.way, lease.id, lease.items)
            except Unusable as why:
                self._unusable(lease, str(why))
                return
            self._record(call, self._place(call))

    def send(self, about: ServedVersion, lease: Lease) -> None:
        """Open the lease's deliveries call by call."""
        last: tuple[Call, CallResult] | None = None
        with lease_keeper.held(lease.id):
            windows = list(_windows(lease))
            granted = 0
            for n, window in enumerate(windows):
                granted = 0 if self.stop.is_set() else granted or self._wait_for(lease.way, len(windows) - n)
                if last is not None:
                    self._record(*last)
                    last = None
                with transaction() as session:
                    full = budget.crowded(session, lease.way.connection_id, lease.way.mode.key)
                    if full or not granted:
                        due = clock.now(session) + CROWDED if full else None
                        leases.give_back(session, lease, [item.id for rest in windows[n:] for item in rest], due)
                        break
                    try:
                        call = dispatch.open_calls(session, about, lease, window)
                    except Unusable as why:
                        pause.pause(session, lease.way.connection_id, str(why))
                        leases.give_back(session, lease, [item.id for rest in windows[n:] for item in rest])
                        break
                if call is not None:
                    granted -= 1
                    with lease_keeper.held(call.id):
                        last = (call, self._place(call))
            if last is not None:
                self._record(*last)
            with transaction() as session:
                leases.close(session, lease.id)

    def _wait_for(self, way: ReadyChannel, wanted: int) -> int:
        """Calls that may begin now; patient for a second, because budgets are taken by the second. None once the process ends."""
        for _ in range(12):
            if self.stop.is_set():
                break
            if granted := self.granted(way, min(wanted, 50)):
                return granted
            if self.stop.wait(0.1):
                break
        return 0

    def _place(self, call: Call) -> CallResult:
        def broke(why: Exception) -> None:
            ids = [outside(Prefix.DELIVERY, item.id) for item in call.items[:NAMED]]
            log(__name__).error("a provider's adapter broke", call=call.id.hex, mode=call.way.mode.key, deliveries=ids, exc_info=why)

        began = time.monotonic()
        answered = place(call, http(), broke)
        fates = Counter(outcome.fate.value for outcome in answered.outcomes.values())
        fates["unanswered"] += len(call.items) - fates.total()
        counters.called(call.way.connection_id.hex, time.monotonic() - began, fates)
        return answered

    def _record(self, call: Call, answered: CallResult) -> None:
        persistently(lambda session: record.record(session, call, answered), self.stop)

    def _unusable(self, lease: Lease, why: str) -> None:
        with transaction() as session:
            pause.pause(session, lease.way.connection_id, why)
        self._not_called(lease)

    def _not_called(self, lease: Lease) -> None:
        """Give back what was opened, and no call has begun with."""
        with transaction() as session:
            ids = [item.id for item in lease.items]
            moves.deliveries(session, ids, "ready", sources=("open",), attempt=lease.id, due=clock.now(session))
            leases.close(session, lease.id)


def persistently(write: Callable[[Session], object], stop: threading.Event) -> None:
    """Write down what cannot be asked again. A database that is away is waited for: what a provider answered must not be lost with it."""
    patience = time.monotonic() + REMEMBERS
    while True:
        try:
            with transaction() as session:
                write(session)
        except (OperationalError, InterfaceError):
            if time.monotonic() > patience or stop.wait(0.3):
                raise
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
