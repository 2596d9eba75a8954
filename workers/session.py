"""Where do workers get a database session? From a plain sessionmaker; Flask has no part in it."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

import domain.tables  # noqa: F401 - every table is known before the first one is used
import settings
from domain import tables
from settings import driver_url

__all__ = ["driver_url", "engine", "transaction"]
assert tables.MODULES  # whoever opens a session may meet any table, and a foreign key must find its other end


AT_LEAST = 8
"""Threads at work that have a connection each, however few a worker may have: the clock's tasks."""


def threads() -> int:
    """How many threads of this process may work with the database at once."""
    return max(settings.current().worker_threads, AT_LEAST)


@functools.cache
def engine() -> Engine:
    """This process's connections: one for each thread at work, made when first needed, and as many for those who look at rows unasked."""
    return create_engine(
        driver_url(settings.current().database_url),
        pool_size=threads() + 1,
        max_overflow=threads(),
        pool_pre_ping=True,
        hide_parameters=True,
    )


@functools.cache
def _maker() -> sessionmaker[Session]:
    return sessionmaker(engine(), expire_on_commit=False)


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose work is committed at the end, or undone by an exception. Never held open over a call to a provider."""
    with _maker().begin() as session:
        yield session
