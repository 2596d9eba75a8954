"""What if nobody nudges this worker? After two seconds without a word it looks at the rows itself, as the clock does.

So a broker that was never there or goes away stops nothing: everything is done two seconds later. One that answers is trusted for longer.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import dramatiq
from dramatiq.middleware import Middleware
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import settings
from domain.distributions.control import guard
from domain.kernel.nudges import Nudge, taken_from
from logs import log
from workers.clock import tasks
from workers.queue import actors, broker
from workers.session import transaction

EVERY = 2.0
"""Seconds of silence after which a worker looks by itself, and between two looks."""
CALM = 10.0
"""Seconds between two looks where the broker answers: nothing was heard because nothing is there, and what it lost the clock asks again."""


class Ears(Middleware):
    """When did this process last hear a nudge?"""

    def __init__(self) -> None:
        self.heard = 0.0

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Just now."""
        self.heard = time.monotonic()

    @property
    def deaf(self) -> bool:
        """Whether nothing was heard for a while."""
        return time.monotonic() - self.heard >= EVERY


def wanted(session: Session, lane: str) -> Iterator[Nudge]:
    """What the clock would ask of this lane now. Nothing is sent: the questions are answered here."""
    guard.after_gap(session)
    for task in tasks.TASKS:
        if task.nudge or task.asks:
            tasks.do(session, task)
    yield from (nudge for nudge in taken_from(session) if nudge.lane == lane)


class LookRound:
    """Looks at the rows of one lane whenever nothing was heard. What it finds is done by its own threads, each thing once at a time."""

    def __init__(self, lane: str, ears: Ears, do: Callable[[str, str, str], None] = actors.begin) -> None:
        self.lane, self.ears, self.do = lane, ears, do
        self.threads = ThreadPoolExecutor(settings.current().worker_threads, thread_name_prefix="round")
        self.under_way: set[Nudge] = set()
        self.lock = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Look until asked to stop. What is being done then is finished, or left to another by its lease."""
        looked = -CALM
        while not stop.wait(EVERY):
            if self.ears.deaf and (not broker.answers(EVERY) or time.monotonic() - looked >= CALM):
                looked = time.monotonic()
                self.look()
        self.threads.shutdown(wait=True, cancel_futures=True)

    def look(self) -> None:
        """Look once."""
        try:
            with transaction() as session:
                found = list(wanted(session, self.lane))
        except SQLAlchemyError as away:
            log(__name__).warning("the database does not answer", error=type(away).__name__)
            return
        for nudge in found:
            with self.lock:
                if nudge in self.under_way:
                    continue
                self.under_way.add(nudge)
            self.threads.submit(self._do, nudge)

    def _do(self, nudge: Nudge) -> None:
        try:
            self.do(nudge.job, nudge.subject, nudge.lane)
        finally:
            with self.lock:
                self.under_way.discard(nudge)
