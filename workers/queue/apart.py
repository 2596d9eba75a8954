"""Work that may wait for a peer has threads of its own: it never holds one of those that take nudges.

A nudge for which there is no room is dropped: the clock asks again.
"""

import threading
import time
from collections.abc import Callable

MOST = 64
"""Pieces of such work at once: distributions being sent, letters, polls."""
stopping = threading.Event()
"""Set when this process is asked to end: what is being sent is finished, nothing new is begun."""

_lock = threading.Lock()
_at_work: set[threading.Thread] = set()


def begin(work: Callable[[str, str, str], None], name: str, subject: str, lane: str) -> bool:
    """Do it beside; whether there was room."""

    def run() -> None:
        try:
            work(name, subject, lane)
        finally:
            with _lock:
                _at_work.discard(threading.current_thread())

    with _lock:
        if len(_at_work) >= MOST or stopping.is_set():
            return False
        thread = threading.Thread(target=run, name=f"{name} {subject}", daemon=True)
        _at_work.add(thread)
    thread.start()
    return True


def stop(seconds: float) -> None:
    """Let all come to their end, and wait for them at most so long in all."""
    stopping.set()
    with _lock:
        waiting = list(_at_work)
    end = time.monotonic() + seconds
    for thread in waiting:
        thread.join(max(0.0, end - time.monotonic()))
