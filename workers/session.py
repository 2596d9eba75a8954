"""Where do workers get a database session? From a plain sessionmaker; Flask has no part in it."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

import settings
from domain import tables
from settings import driver_url

__all__ = ["driver_url", "engine", "transaction"]

assert tables.MODULES  # whoever opens a session may meet any table, and a foreign key must find its other end


LIMITS = {"statement_timeout": "60s", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "120s"}
"""What PostgreSQL lets a statement, a wait for a lock, and a silence inside a transaction take, on every connection of ours."""
STEP = "300s"
"""What one statement of a step of long work may take: the sorting of a file, a page of codes."""


def _limit(connection: psycopg.Connection[Any], _record: object) -> None:
    with connection.cursor() as cursor:
        for name, limit in LIMITS.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, limit))
    connection.commit()


@functools.cache
def engine() -> Engine:
    """This process's connections: one for each thread at work, made when it is first needed, and a few to spare."""
    now = settings.current()
    made = create_engine(
        driver_url(now.database_url), pool_size=now.worker_connections, max_overflow=0, pool_pre_ping=True, hide_parameters=True
    )
    event.listen(made, "connect", _limit)
    return made


@functools.cache
def _maker() -> sessionmaker[Session]:
    return sessionmaker(engine(), expire_on_commit=False)


@contextmanager
def transaction(limit: str = "") -> Iterator[Session]:
    """A session whose work is committed at the end, or undone by an exception. Never held open over a call to a provider.

    `limit`: how long one statement may take (`300s`), where that is not what LIMITS says.
    """
    with _maker().begin() as session:
        if limit:
            session.execute(text("SELECT set_config('statement_timeout', :limit, true)"), {"limit": limit})
        yield session
