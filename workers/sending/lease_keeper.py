"""Does this worker still live? Every few seconds it says so for the claims it holds; a worker that is killed stops saying so."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from domain.sending.prepare import leases
from logs import log
from workers.session import transaction

EVERY = 5.0
_lock = threading.Lock()
_held: set[uuid.UUID] = set()
_thread: threading.Thread | None = None


@contextmanager
def held(id: uuid.UUID) -> Iterator[None]:
    """Keep this claim's lease while the work inside goes on."""
    with _lock:
        _held.add(id)
    _begin()
    try:
        yield
    finally:
        with _lock:
            _held.discard(id)


def _begin() -> None:
    global _thread  # noqa: PLW0603 - one keeper for the process
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_keep, name="leases", daemon=True)
            _thread.start()


def _keep() -> None:
    wait = threading.Event()
    while not wait.wait(EVERY):
        with _lock:
            ids = list(_held)
        if not ids:
            continue
        try:
            with transaction() as session:
                leases.renew(session, ids)
        except SQLAlchemyError as why:  # the database is away: the leases may run out, and that is what they are for
            log(__name__).warning("leases could not be renewed", error=type(why).__name__)
