"""Send a distribution: several threads, each going round `look, claim, call, record`, each step in a short transaction of its own.

No transaction is open during a call, and the database works for one thread while another waits for a provider. A killed worker leaves
rows that say how far it was.
"""

import enum
import functools
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import budget
from domain.distributions.control import pause
from domain.kernel import clock
from domain.messages.compile import TemplateError
from domain.sending.calls import dispatch
from domain.sending.prepare import alone, decide
from domain.sending.prepare.decide import Claimed
from domain.sending.prepare.leases import Lease
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion, VersionBroken, served_version
from domain.sending.recipients import from_audience
from domain.sending.states import finish
from domain.tables.connections import Connection
from domain.tables.incentives import Campaign
from workers.sending.dispatcher import Dispatcher
from workers.session import transaction

BATCH = 1000
SMALL_BATCH = 200
"""How many are prepared at once for a channel whose calls carry few: they are leased, then opened call by call."""
CALLS = 4
"""Calls in flight of one worker process for one distribution and lane."""
SLICE = 60.0
"""Seconds after which others get their turn; the rest is asked for again."""


class RoundResult(enum.Enum):
    """What one round of a thread came to."""

    DONE = "did something"
    BLOCKED = "may not call now"
    IDLE = "nothing to do"


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=CALLS * 2, thread_name_prefix="calls")


@dataclass(frozen=True)
class _Open:
    """What a look shows: the recipe of today, and the channels whose connections may be called."""

    about: ServedVersion
    ways: tuple[ReadyChannel, ...]
    dry: bool = False
    """It waits for codes: what is prepared is sent, nobody else is prepared."""


class Run:
    """One distribution and lane in this process. Threads share the cursor, so that no two look at the same rows."""

    def __init__(self, distribution_id: uuid.UUID, lane: str, stop: threading.Event | None = None) -> None:
        self.id, self.lane = distribution_id, lane
        self.stop = stop or threading.Event()
        self.calls = Dispatcher(lane, self.stop)
        self.until = time.monotonic() + SLICE
        self.cursor, self.dry = decide.FIRST, threading.Event()
        self.claiming = threading.Lock()

    def go(self) -> bool:
        """Send until nothing is left to do now, or the slice is over; whether there is more."""
        extra = self._width() - 1
        others = [_threads().submit(self._rounds) for _ in range(extra)]
        more = self._rounds()
        results = [other.result() for other in others]
        with transaction() as session:
            finish.done(session, self.id)
        return more or any(results)

    def _width(self) -> int:
        try:
            with transaction() as session:
                opened = self._look(session)
        except (VersionBroken, TemplateError, LookupError):
            return 1  # its first round says why, and pauses it
        if not isinstance(opened, _Open) or not opened.ways:
            return 1
        return min(CALLS, max(way.limits.concurrent for way in opened.ways))

    def _rounds(self) -> bool:
        while not self.stop.is_set():
            if time.monotonic() > self.until:
                return True
            turn = self._round()
            if turn is RoundResult.IDLE:
                return False
            if turn is RoundResult.BLOCKED:
                self.stop.wait(0.1)
        return True

    def _round(self) -> RoundResult:
        try:
            with transaction() as session:
                opened = self._look(session)
            if isinstance(opened, RoundResult):
                return opened
            if self._fan_out(opened) or self._due(opened):
                return RoundResult.DONE
            return self._waiting(opened) if opened.ways and not opened.dry else RoundResult.IDLE
        except (VersionBroken, TemplateError, LookupError) as why:
            with transaction() as session:
                pause.pause_because(session, self.id, "plan_broken", str(why))
            return RoundResult.IDLE

    def _look(self, session: Session) -> _Open | RoundResult:
        """What may be done now. Rows of a stopped distribution are skipped here, a page at a time."""
        row = session.execute(text("SELECT status, version, pause_reason FROM distributions WHERE id = :id"), {"id": self.id}).one_or_none()
        if row is None:
            return RoundResult.IDLE
        if row.status == "stopped" or (row.status == "ended" and row.pause_reason):
            last = finish.sweep(session, self.id, self.lane, self.cursor)
            self.cursor = last or decide.FIRST
            return RoundResult.DONE if last is not None else RoundResult.IDLE
        dry = row.status == "paused" and row.pause_reason == "no_codes"
        if row.status not in {"sending", "live", "ended"} and not dry:
            return RoundResult.IDLE
        about = served_version(session, self.id, row.version)
        ways = tuple(way for way in about.ways if _callable(session, way))
        return _Open(about, ways, dry)

    def _fan_out(self, opened: _Open) -> bool:
        if self.lane != "bulk":
            return False
        with transaction() as session:
            return from_audience.make_page(session, self.id)

    def _due(self, opened: _Open) -> bool:
        """Send what is ready and due: retries, and what another worker left."""
        if not opened.ways:
            return False
        with transaction() as session:
            leases, found = dispatch.claim_due(session, self.id, self.lane, [way.key for way in opened.ways], BATCH)
        for about, lease in leases:
            self.calls.send(about, lease)
        return found > 0

    def _waiting(self, opened: _Open) -> RoundResult:
        """Prepare the next recipients, and send what may be sent."""
        single = len(opened.about.ways) == 1
        way = opened.ways[0]
        full = single and way.limits.items >= SMALL_BATCH
        at_once = full and not way.limits.counted
        if at_once and not self.calls.granted(way, 1):
            return RoundResult.BLOCKED
        limit = min(way.limits.items, BATCH) if full else SMALL_BATCH
        batches, found, dry = self._prepare(limit, at_once)
        for about, leases in batches:
            for lease in leases:
                if lease.state == "open":
                    self.calls.opened(about, lease)
                else:
                    self.calls.send(about, lease)
        if dry:
            return RoundResult.BLOCKED
        return RoundResult.DONE if found else RoundResult.IDLE

    def _prepare(self, limit: int, at_once: bool) -> tuple[list[tuple[ServedVersion, list[Lease]]], int, bool]:
        out: list[tuple[ServedVersion, list[Lease]]] = []
        found, dry = 0, False
        with transaction() as session:
            for claimed in self._claim(session, limit):
                leases, why = alone.serve(session, claimed, self.lane, at_once=at_once)
                out.append((claimed.recipe, leases))
                found += claimed.found
                if why:
                    dry = True
                    self._dry(session, claimed.recipe, why)
        return out, found, dry

    def _claim(self, session: Session, limit: int) -> list[Claimed]:
        """The next recipients. Only this is done by one thread at a time: the database then works for one while another renders."""
        with self.claiming:
            claimed = decide.claim(session, self.id, self.lane, self.cursor, limit)
            if not claimed and self.cursor != decide.FIRST:  # what was passed over: another worker let it go
                claimed = decide.claim(session, self.id, self.lane, decide.FIRST, limit)
            self.cursor = max((batch.last for batch in claimed if batch.last), default=self.cursor)
        return claimed

    def _dry(self, session: Session, about: ServedVersion, why: str) -> None:
        """No codes: pause, unless more are being made just now."""
        campaign = session.get(Campaign, about.plan.campaign_id) if about.plan.campaign_id else None
        if campaign is not None and campaign.generation == "running":
            return
        if not pause.pause_because(session, self.id, "no_codes", why):
            finish.give_up(session, self.id)


def _callable(session: Session, way: ReadyChannel) -> bool:
    """Whether its connection is neither paused nor told to wait."""
    connection = session.get(Connection, way.connection_id)
    if connection is None or connection.paused_at is not None:
        return False
    until = budget.waits_until(session, way.connection_id, way.mode.key)
    return until is None or until <= clock.now(session)
