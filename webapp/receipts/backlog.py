"""Does more wait to be applied than may? Looked up once a second by each process, not by each post."""

import threading
import time

from sqlalchemy.orm import Session

import settings
from domain.connections import inbound

_lock = threading.Lock()
_looked_at = float("-inf")
_bytes = 0


def full(session: Session) -> bool:
    """Whether the posts that wait are as many bytes as the settings allow."""
    global _looked_at, _bytes  # noqa: PLW0603 - one process remembers for itself
    with _lock:
        old = time.monotonic() - _looked_at > 1
        if old:
            _looked_at = time.monotonic()
    if old:
        _bytes = inbound.waiting(session)
    return _bytes >= settings.current().receipts_waiting_mb * 1_000_000
