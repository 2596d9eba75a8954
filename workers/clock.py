"""What is due, and what is stuck? Every second the leading clock looks, and nudges those who do it. Small sums it folds itself.

Any number of clocks may run: one leads by a leased row, and another takes over within seconds. Losing a nudge, a worker or the whole
broker costs no more than the next look.
"""

import importlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel import leadership as turns
from domain.kernel.nudges import nudge
from domain.workspace.people import sign_in
from logs import log
from workers import broker
from workers.session import transaction

LEASE = 6.0
"""Seconds of silence after which another clock leads."""
TICK = 1.0
LONG = 60.0
"""Tasks with a longer period remember their last run in the database, the others in the leading process."""


@dataclass(frozen=True)
class Task:
    """`do` runs every `period` seconds in a transaction of its own; `module:function` is imported when it is first due."""

    name: str
    period: float
    do: str


TASKS = (
    Task("is this the database we know", 20, "domain.distributions.control.guard:recognise"),
    Task("start what is due", 1, "domain.distributions.control.start:start_due"),
    Task("give expired leases back", 1, "domain.sending.calls.expired_leases:expire"),
    Task("unfinished distributions", 1, "workers.clock:distributions"),
    Task("events without an answer", 1, "workers.clock:events"),
    Task("customers whose segments may have changed", 1, "workers.clock:dirty"),
    Task("open jobs", 2, "workers.clock:jobs"),
    Task("raw receipts", 1, "workers.clock:receipts"),
    Task("receipts for unknown messages", 30, "workers.clock:late_receipts"),
    Task("jobs of providers", 2, "workers.clock:polls"),
    Task("letters", 2, "workers.clock:letters"),
    Task("distributions that waited for codes", 2, "domain.distributions.control.resume_waiting:after_codes"),
    Task("distributions that waited for a connection", 10, "domain.distributions.control.resume_waiting:after_connections"),
    Task("sums of deliveries", 1, "domain.sending.states.tallies:fold"),
    Task("sums of codes", 2, "domain.incentives.codes.pool:fold"),
    Task("two weeks at a glance", 30, "domain.insight.home.quarter_sums:fold"),
    Task("pools that run low", 120, "domain.incentives.campaigns.warn_low_pools:warn_of_low_pools"),
    Task("sizes of segments", 2, "domain.customers.membership.sizes:fold_sizes"),
    Task("segments that time changes", 30, "workers.clock:segment_times"),
    Task("the mark of this database", 30, "domain.distributions.control.guard:recognise"),
    Task("heartbeat", 5, "workers.clock:heartbeat"),
    Task("purge", 3600, "workers.clock:purge"),
)


class Clock:
    """One clock process. `last` remembers when it ran its short tasks."""

    def __init__(self) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.last: dict[str, float] = {}
        self.led_until = 0.0

    def tick(self) -> bool:
        """Look once; whether this clock leads."""
        if not self._leads():
            return False
        for task in TASKS:
            self._run(task)
        return True

    def _leads(self) -> bool:
        if time.monotonic() < self.led_until - LEASE / 2:
            return True
        with transaction() as session:
            session.execute(text("SET LOCAL synchronous_commit = off"))
            leads = turns.lead(session, self.holder, LEASE)
        self.led_until = time.monotonic() + LEASE if leads else 0.0
        return leads

    def _run(self, task: Task) -> None:
        if task.period < LONG and time.monotonic() - self.last.get(task.name, -LONG) < task.period - TICK / 2:
            return
        self.last[task.name] = time.monotonic()
        module, _, name = task.do.partition(":")
        try:
            function: Callable[[Session], object] = getattr(importlib.import_module(module), name)
            with transaction() as session:
                if task.period < LONG or turns.take(session, task.name, timedelta(seconds=task.period)):
                    function(session)
        except SQLAlchemyError as why:
            log(__name__).warning("a task of the clock could not be done now", task=task.name, error=type(why).__name__, exc_info=why)
        except Exception as broke:
            log(__name__).error("a task of the clock broke", task=task.name, exc_info=broke)

    def step_down(self) -> None:
        """Let another clock lead at once."""
        with transaction() as session:
            turns.step_down(session, self.holder)


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
    try:
        own.step_down()
    except SQLAlchemyError:
        log(__name__).info("the lease of this clock runs out by itself")


def distributions(session: Session) -> None:
    """Ask for every distribution that has something to do in a lane."""
    from domain.sending.states import finish

    for id, lane in finish.unfinished(session):
        nudge(session, "distribution", id, lane)


def events(session: Session) -> None:
    """Ask for events that live distributions have not looked at."""
    if session.execute(text("SELECT EXISTS (SELECT FROM event_work)")).scalar_one():
        nudge(session, "events", lane="trigger")


def dirty(session: Session) -> None:
    """Ask for customers whose segments may have changed."""
    loud, any_ = session.execute(
        text("SELECT EXISTS (SELECT FROM dirty_customers WHERE NOT silent), EXISTS (SELECT FROM dirty_customers)")
    ).one()
    if any_:
        nudge(session, "segments", lane="trigger" if loud else "bulk")


def jobs(session: Session) -> None:
    """Ask for long work that is not at its end."""
    from domain.journal.jobs import open_jobs

    for id in open_jobs(session):
        nudge(session, "job", id)


def receipts(session: Session) -> None:
    """Ask for receipts nobody has applied."""
    if session.execute(text("SELECT EXISTS (SELECT FROM raw_receipts WHERE state = 'pending')")).scalar_one():
        nudge(session, "receipts")


def late_receipts(session: Session) -> None:
    """Ask for receipts that named messages nobody knew."""
    if session.execute(text("SELECT EXISTS (SELECT FROM raw_receipts WHERE state = 'unknown')")).scalar_one():
        nudge(session, "late_receipts")


def polls(session: Session) -> None:
    """Ask for deliveries that lie in a job of their provider's."""
    from domain.sending.receipts import poll

    if poll.due(session):
        nudge(session, "polls")


def letters(session: Session) -> None:
    """Ask for account mail and notices that wait."""
    from domain.journal.outgoing_mail import due

    if due(session):
        nudge(session, "letters", lane="trigger")


def segment_times(session: Session) -> None:
    """Ask for segments that change with time alone."""
    nudge(session, "segment_times")


def heartbeat(session: Session) -> None:
    """Say that a clock is here. A gap of an hour holds what is due until a person confirms; so it comes after what is due."""
    session.execute(text("SET LOCAL synchronous_commit = off"))
    session.execute(text("UPDATE project SET last_seen_at = :now WHERE id = 1"), {"now": clock.now(session)})


def purge(session: Session) -> None:
    """Forget what is kept for a month only, and secrets that were replaced a day ago."""
    from domain.connections import secret_rotation as rotation
    from domain.sending.calls import exchanges

    before = clock.now(session) - timedelta(days=30)
    session.execute(text("DELETE FROM raw_receipts WHERE created_at < :before"), {"before": before})
    session.execute(text("DELETE FROM test_sends WHERE created_at < :before"), {"before": before})
    session.execute(text("DELETE FROM letters WHERE created_at < :before AND state IN ('sent', 'failed')"), {"before": before})
    sign_in.forget(session)
    exchanges.forget(session)
    rotation.forget(session)
