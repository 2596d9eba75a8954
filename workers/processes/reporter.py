"""Who tells operators how this process is? A thread that writes its counts and its connections to a row every few seconds."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

from sqlalchemy import QueuePool, text
from sqlalchemy.exc import SQLAlchemyError

from domain.insight.operation import process_reports
from logs import log
from workers import counters
from workers.session import engine, transaction

EVERY = 15.0
"""Seconds between two reports."""


def write(kind: str) -> None:
    """Write this process's row now. A database that is away misses one report."""
    pool = engine().pool
    assert isinstance(pool, QueuePool)
    report = counters.report() | {"pool": {"size": pool.size() + pool._max_overflow, "used": pool.checkedout()}}
    try:
        with transaction() as session:
            session.execute(text("SET LOCAL synchronous_commit = off"))
            process_reports.write(session, _name(kind), kind, report)
    except SQLAlchemyError as why:
        log(__name__).warning("the database does not answer", error=type(why).__name__)


@contextlib.contextmanager
def reporting(kind: str) -> Iterator[None]:
    """Report while the work inside goes on; at its end the row goes."""
    over = threading.Event()

    def tell() -> None:
        write(kind)
        while not over.wait(EVERY):
            write(kind)

    thread = threading.Thread(target=tell, name="report", daemon=True)
    thread.start()
    log(__name__).info("began")
    try:
        yield
    finally:
        over.set()
        thread.join(5)
        with contextlib.suppress(SQLAlchemyError), transaction() as session:
            process_reports.end(session, _name(kind))


def _name(kind: str) -> str:
    return f"{kind}:{socket.gethostname()}:{os.getpid()}"
