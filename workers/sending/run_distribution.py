"""Send a distribution: one thread begins rounds of others, which go `look, claim, call, record`, each step in a short transaction.

No transaction is open during a call, and the database works for one thread while another waits for a provider. A killed worker leaves
rows that say how far it was.
"""

import enum
import functools
import threading
import time
import uuid
from concurrent.futures import FIRST_COMPLETED, Future, wait

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import breaker
from domain.distributions.control import pause
from domain.kernel.base import Prefix, outside
from domain.messages.liquid.places import TemplateError
from domain.sending.calls import dispatch
from domain.sending.prepare import decide
from domain.sending.prepare.leases import Lease, close, give_back
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion, VersionBroken, served_version
from domain.sending.recipients import from_audience
from domain.sending.states import finish
from logs import within
from workers.sending import stopping
from workers.sending.call_threads import call_threads
from workers.sending.dispatcher import Dispatcher
from workers.sending.open_channels import SMALL_BATCH, OpenNow, may_be_called, width
from workers.sending.plain_rounds import PlainRounds
from workers.sending.preparing import Preparing
from workers.session import transaction

BATCH = 1000
LOOKS_EVERY = 0.5
"""Seconds after which a channel that had nothing to do is looked at again, while another is still at work."""
BROKEN = (VersionBroken, TemplateError, LookupError)
SLICE = 60.0
"""Seconds after which others get their turn; the rest is asked for again."""


class RoundResult(enum.Enum):
    """What one round of a thread came to."""

    DONE = "did something"
    BLOCKED = "may not call now"
    IDLE = "nothing to do"


class Run:
    """One distribution and lane in this process."""

    def __init__(self, distribution_id: uuid.UUID, lane: str, stop: threading.Event | None = None) -> None:
        self.id, self.lane = distribution_id, lane
        self.stop = stop or stopping.ASKED
        self.calls = Dispatcher(lane, self.stop)
        self.until = time.monotonic() + SLICE
        self.people = Preparing(distribution_id, lane)
        self.plain = PlainRounds(self.people, self.calls) if lane == "bulk" else None
        self.lock = threading.Lock()
        self.under_way: dict[Future[object], str] = {}
        """Rounds of the call threads, by channel."""
        self.idle: dict[str, float] = {}
        """When a channel was found to have nothing to do."""
        self.more = False

    def go(self) -> bool:
        """Send until nothing is left to do now, or the slice is over; whether there is more.

        This thread never calls anybody: it begins rounds as far as connections may have threads, so one that hangs holds up no other.
        """
        try:
            while not self.stop.is_set() and time.monotonic() < self.until:
                turn = self._begin()
                if under_way := self._under_way():
                    wait(under_way, LOOKS_EVERY, FIRST_COMPLETED)
                    self._collect()
                elif turn is RoundResult.IDLE:
                    break
                elif turn is RoundResult.BLOCKED:
                    self.stop.wait(0.1)
            else:
                self.more = True
        finally:
            while left := [one for one in self._under_way() if not one.done()]:
                wait(left)
        self._collect()
        with transaction() as session:
            finish.done(session, self.id)
        return self.more

    def _begin(self) -> RoundResult:
        """Begin what can be begun now: a page of the audience, and rounds of every channel that may be called."""
        try:
            with transaction() as session:
                opened = self._look(session)
        except BROKEN as why:
            self._broken(why)
            return RoundResult.IDLE
        if isinstance(opened, RoundResult):
            return opened
        if self._fan_out(opened):
            self.idle.clear()
            result = RoundResult.DONE
        else:
            result = RoundResult.IDLE
        for way in opened.ways:
            if time.monotonic() - self.idle.get(way.key, -LOOKS_EVERY) < LOOKS_EVERY:
                continue
            for _ in range(width(way) - sum(key == way.key for key in self._under_way().values())):
                begun = call_threads().start(way.connection_id, way.limits.concurrent, functools.partial(self._rounds, way.key))
                if begun is None:
                    result = result if result is RoundResult.DONE else RoundResult.BLOCKED
                    break
                self._note(begun, way.key)
        return result

    def _under_way(self) -> dict[Future[object], str]:
        with self.lock:
            return dict(self.under_way)

    def _note(self, begun: Future[object], key: str) -> None:
        with self.lock:
            self.under_way[begun] = key

    def _collect(self) -> None:
        """What became of the rounds that are over. Raises what broke in one of them."""
        for over in [future for future in self._under_way() if future.done()]:
            with self.lock:
                key = self.under_way.pop(over)
            if over.result():
                self.more = True
            self.idle[key] = time.monotonic()

    def _rounds(self, key: str) -> bool:
        """Rounds of one channel until it has nothing to do; whether it was interrupted."""
        with within(distribution=outside(Prefix.DISTRIBUTION, self.id), lane=self.lane):
            return self._round_by_round(key)

    def _round_by_round(self, key: str) -> bool:
        while not self.stop.is_set():
            if time.monotonic() > self.until:
                return True
            turn = self._round(key)
            if turn is RoundResult.IDLE:
                return False
            if turn is RoundResult.BLOCKED:
                self.stop.wait(0.1)
        return True

    def _round(self, key: str) -> RoundResult:
        if self.plain is not None and self.plain.round():
            return RoundResult.DONE
        try:
            with transaction() as session:
                opened = self._look(session)
            if isinstance(opened, RoundResult):
                return RoundResult.IDLE
            way = next((way for way in opened.ways if way.key == key), None)
            if way is None:
                return RoundResult.IDLE
            if self._due(way):
                return RoundResult.DONE
            return self._waiting(opened) if way is opened.ways[0] and not opened.dry else RoundResult.IDLE
        except BROKEN as why:
            self._broken(why)
            return RoundResult.IDLE

    def _broken(self, why: Exception) -> None:
        with transaction() as session:
            pause.pause_because(session, self.id, "plan_broken", str(why))

    def _look(self, session: Session) -> OpenNow | RoundResult:
        """What may be done now. Rows of a stopped distribution are skipped here, a page at a time."""
        row = session.execute(text("SELECT status, version, pause_reason FROM distributions WHERE id = :id"), {"id": self.id}).one_or_none()
        if row is None:
            return RoundResult.IDLE
        if row.status == "stopped" or (row.status == "ended" and row.pause_reason):
            last = finish.sweep(session, self.id, self.lane, self.people.cursor)
            self.people.cursor = last or decide.FIRST
            return RoundResult.DONE if last is not None else RoundResult.IDLE
        dry = row.status == "paused" and row.pause_reason == "no_codes"
        if row.status not in {"sending", "live", "ended"} and not dry:
            return RoundResult.IDLE
        about = served_version(session, self.id, row.version)
        ways = tuple(way for way in about.ways if may_be_called(session, way))
        return OpenNow(about, ways, dry)

    def _fan_out(self, opened: OpenNow) -> bool:
        if self.lane != "bulk":
            return False
        with transaction() as session:
            return from_audience.make_page(session, self.id)

    def _due(self, way: ReadyChannel) -> bool:
        """Send what is ready and due: retries, and what another worker left."""
        with transaction() as session:
            limit = 1 if breaker.careful(session, way.connection_id, way.mode.key) else BATCH
            leases, found = dispatch.claim_due(session, self.id, self.lane, [way.key], limit)
        for about, lease in leases:
            self.calls.send(about, lease)
        return found > 0

    def _waiting(self, opened: OpenNow) -> RoundResult:
        """Prepare the next recipients, and send what may be sent. Where the peer fails, one person at a time."""
        way = opened.ways[0]
        with transaction() as session:
            careful = breaker.careful(session, way.connection_id, way.mode.key)
        full = len(opened.about.ways) == 1 and way.limits.items >= SMALL_BATCH
        at_once = full and not way.limits.counted and not careful
        if at_once and not self.calls.granted(way, 1):
            return RoundResult.BLOCKED
        limit = 1 if careful else min(way.limits.items, BATCH) if full else SMALL_BATCH
        batches, found, dry = self.people.prepare(limit, at_once)
        own = []
        for about, leases in batches:
            for lease in leases:
                if lease.way.key == way.key:
                    own.append((about, lease))
                else:
                    self._hand_on(opened, about, lease)
        for about, lease in own:
            if lease.state == "open":
                self.calls.opened(about, lease)
            else:
                self.calls.send(about, lease)
        if dry:
            return RoundResult.BLOCKED
        return RoundResult.DONE if found else RoundResult.IDLE

    def _hand_on(self, opened: OpenNow, about: ServedVersion, lease: Lease) -> None:
        """Another channel of these people goes in a thread of its own connection; where it may not be called now, it is due when it may."""
        way = lease.way
        if any(one.key == way.key for one in opened.ways):
            begun = call_threads().start(way.connection_id, way.limits.concurrent, functools.partial(self.calls.send, about, lease))
            if begun is not None:
                self._note(begun, way.key)
                return
        with transaction() as session:
            give_back(session, lease, [item.id for item in lease.items])
            close(session, lease.id)
