"""`largesse worker --lane bulk|trigger`: one process of one lane. Its threads take nudges until it is asked to end.

A lane has processes and database connections of its own, so that a trigger never waits behind a bulk run.
"""

import gc
import signal
import threading
import time
from types import FrameType

import dramatiq
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import logs
import settings
from logs import log
from workers.processes.look_round import Ears, LookRound
from workers.processes.reporter import reporting
from workers.queue import actors, apart, broker
from workers.sending import stopping
from workers.session import transaction

COLLECT = (50_000, 20, 50)
"""Objects made, and rounds, between two looks at the young, the middle-aged and all (Python: 700, 10, 10)."""
LANES = ("bulk", "trigger")
SILENT = 1000
"""Milliseconds after which a thread without work looks whether it was asked to end. Work wakes it at once."""


def until_asked(stop: threading.Event) -> threading.Event:
    """An event that SIGTERM and SIGINT set from now on."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def seldom_collect() -> None:
    """Look for circles of garbage less often: a batch makes a hundred thousand objects that all end by themselves.

    With Python's own numbers a third of a worker's time goes into looking (measured: docs/adr/0004).
    """
    gc.set_threshold(*COLLECT)


_SENDS = text("SELECT EXISTS (SELECT FROM distributions WHERE status IN ('scheduled', 'sending', 'live', 'paused'))")
_THROUGH = text("SELECT DISTINCT provider FROM connections WHERE archived_at IS NULL")


def load() -> None:
    """Import what sending needs before the first message waits for it: a second of work, and 20 MB that one without anything to send saves.

    Of the providers those that are connected. Where the database does not answer yet, everything is imported when it is needed.
    """
    try:
        with transaction() as session:
            through = session.scalars(_THROUGH).all() if session.scalar(_SENDS) else []
    except SQLAlchemyError:
        return
    if through:
        from integrations import catalogue  # keeps an idle worker small
        from workers.sending import run_distribution  # noqa: F401 - keeps an idle worker small

        for key in {*through}.intersection(catalogue.keys()):
            catalogue.provider(key)


def serve(lane: str) -> None:
    """Take work of this lane until SIGTERM; what is being done then is finished, or left to another by its lease."""
    logs.begin(f"worker-{lane}")
    seldom_collect()
    stop = until_asked(stopping.ASKED)
    nudges = broker.setup()
    actors.declare()
    load()
    ears = Ears()
    nudges.add_middleware(ears)
    worker = dramatiq.Worker(nudges, queues={lane}, worker_threads=settings.current().worker_threads, worker_timeout=SILENT)
    worker.start()
    looking = threading.Thread(target=LookRound(lane, ears).run, args=(stop,), name="round", daemon=True)
    looking.start()
    with reporting(f"worker-{lane}"):
        stop.wait()
        log(__name__).info("asked to end")
        apart.stopping.set()
        end = time.monotonic() + stopping.GRACE
        worker.stop(timeout=int(stopping.GRACE * 1000))
        apart.stop(max(0.0, end - time.monotonic()))
        looking.join(max(0.0, end - time.monotonic()))
    log(__name__).info("ended")
