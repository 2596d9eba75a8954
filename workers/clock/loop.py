"""What is due, and what is stuck? Every second the leading clock looks through its tasks, each in a thread and transaction of its own.

Any number of clocks may run: one leads by a leased row, and another takes over within seconds. Losing a nudge, a worker or the whole
broker costs no more than the next look. A task that is slow, waits for a lock or breaks keeps no other from its time: the look goes on
after a moment, a statement has its time-out, and what broke is asked again ever more seldom.
"""

import contextlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

import settings
from domain.journal import quarantine
from domain.journal.trouble import is_trouble, name_of, sqlstate
from domain.kernel import leadership
from logs import log
from workers.clock.tasks import TASKS, Task, do
from workers.queue import broker
from workers.session import transaction

LEASE = 6.0
"""Seconds of silence after which another clock leads."""
TICK = 1.0
REMEMBERED = 60.0
"""Tasks of this many seconds and more remember their last run in the database, the others in the leading process."""
MOMENT = 0.05
"""Seconds that a look waits for one task before it begins the next; so quick ones share a thread's connection."""
LONGEST_WAIT = 60.0
"""Seconds after which a broken task is asked again, at the latest."""
TOO_LONG = 60.0
"""Seconds after which a task that has not come back counts as failing."""
_AWAY = ("08", "57P01", "57P02", "57P03")
"""What PostgreSQL says when it goes or comes: no fault of a task."""
_LIMITS = text("SELECT set_config('statement_timeout', :limit, true), set_config('idle_in_transaction_session_timeout', :limit, true)")


@dataclass
class _Going:
    """A run of a task that was begun."""

    thread: threading.Thread
    began: float
    told: bool = False
    """Whether it was already reported as failing, because it does not come back."""


class Clock:
    """One clock process. `due` remembers when each task is next looked at; it is this process's alone."""

    def __init__(self, tasks: Sequence[Task] = TASKS, moment: float = MOMENT) -> None:
        self.tasks, self.moment = tasks, moment
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.led_until = 0.0
        self.due: dict[str, float] = {}
        self.going: dict[str, _Going] = {}
        self.failures: dict[str, int] = {}
        self.did_well: set[str] = set()

    def tick(self) -> bool:
        """Look once; whether this clock leads."""
        if not self._leads():
            return False
        self.going = {key: going for key, going in self.going.items() if going.thread.is_alive()}
        self._report_hanging()
        for task in self.tasks:
            if self._is_due(task) and len(self.going) < settings.CALL_THREADS:
                self._begin(task)
        return True

    def _leads(self) -> bool:
        if time.monotonic() < self.led_until - LEASE / 2:
            return True
        with transaction() as session:
            session.execute(text("SET LOCAL synchronous_commit = off"))
            leads = leadership.lead(session, self.holder, LEASE)
            if leads and not self.led_until:
                self.did_well.clear()
                self.failures = {task.name: task.failures for task in leadership.failing(session)}
        self.led_until = time.monotonic() + LEASE if leads else 0.0
        return leads

    def _is_due(self, task: Task) -> bool:
        if task.key in self.going or (task.after and task.after not in self.did_well):
            return False
        return self.due.get(task.key, 0.0) <= time.monotonic()

    def _begin(self, task: Task) -> None:
        wait = task.every if task.every < REMEMBERED else min(task.every / 10, REMEMBERED)
        self.due[task.key] = time.monotonic() + wait - TICK / 2
        thread = threading.Thread(target=self._run, args=(task,), name=task.key, daemon=True)
        going = _Going(thread, time.monotonic())
        thread.start()
        thread.join(self.moment)
        if thread.is_alive():
            self.going[task.key] = going

    def _run(self, task: Task) -> None:
        try:
            with transaction() as session:
                session.execute(_LIMITS, {"limit": f"{task.limit * 1000:.0f}"})
                more = self._do(session, task)
        except Exception as why:
            self._failed(task, why)
            return
        self.did_well.add(task.key)
        if more:
            self.due[task.key] = 0.0

    def _do(self, session: Session, task: Task) -> bool:
        """Do it where it is its turn; whether there is more of it."""
        remembered = task.every >= REMEMBERED
        if remembered and not leadership.take(session, task.key, timedelta(seconds=task.every)):
            return False
        more = do(session, task)
        if more and remembered:
            leadership.soon(session, task.key)
        if self.failures.pop(task.key, 0):
            leadership.mended(session, task.key)
            quarantine.mended(session, "clock", task.key)
        return more

    def _failed(self, task: Task, why: Exception) -> None:
        if _is_away(why):
            log(__name__).warning("the database does not answer", task=task.key, error=name_of(why), code=sqlstate(why))
            return
        self._note_failure(task, name_of(why), None if is_trouble(why) else why)
        times = self.failures[task.key]
        self.due[task.key] = time.monotonic() + min(2.0 ** min(times, 10), LONGEST_WAIT)
        said = {"error": name_of(why), "code": sqlstate(why)}
        log(__name__).error("a task of the clock broke", task=task.key, times=times, **said, exc_info=why)

    def _note_failure(self, task: Task, error: str, why: Exception | None = None) -> None:
        self.failures[task.key] = self.failures.get(task.key, 0) + 1
        with contextlib.suppress(SQLAlchemyError), transaction() as session:
            leadership.failed(session, task.key, error)
            if why is not None:
                quarantine.write_down(session, "clock", task.key, why)

    def _report_hanging(self) -> None:
        for task in self.tasks:
            going = self.going.get(task.key)
            if going is not None and not going.told and time.monotonic() - going.began > TOO_LONG:
                going.told = True
                log(__name__).error("a task of the clock does not come back", task=task.key)
                self._note_failure(task, "does not come back")

    def wait(self, seconds: float) -> None:
        """Wait for the tasks that are under way, at most so long."""
        end = time.monotonic() + seconds
        for going in self.going.values():
            going.thread.join(max(0.0, end - time.monotonic()))

    def step_down(self) -> None:
        """Let another clock lead at once."""
        with transaction() as session:
            leadership.step_down(session, self.holder)


def _is_away(why: Exception) -> bool:
    state = sqlstate(why)
    return state.startswith(_AWAY) if state else isinstance(why, DBAPIError) and is_trouble(why)


def run(stop: threading.Event) -> None:
    """Tick every second until asked to stop. A database that is away is waited for."""
    broker.setup()
    own = Clock()
    while not stop.is_set():
        began = time.monotonic()
        try:
            own.tick()
        except SQLAlchemyError as away:
            own.led_until = 0.0
            log(__name__).warning("the database does not answer", error=type(away).__name__)
        stop.wait(max(0.05, TICK - (time.monotonic() - began)))
    own.wait(5.0)
    try:
        own.step_down()
    except SQLAlchemyError:
        log(__name__).info("the lease of this clock runs out by itself")
