"""Is somebody in this process at it already? Nudges come doubled; one thread works, and looks once more when asked meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from workers.sending import stopping

_lock = threading.Lock()
_busy: dict[tuple[str, ...], bool] = {}
"""Work under way -> whether somebody asked again since it last looked."""
_failed: dict[tuple[str, ...], tuple[int, float]] = {}
"""Work that broke -> how often in a row, and until when it is left alone."""
PATIENCE = 30.0


@contextmanager
def only_one(*work: str) -> Iterator[bool]:
    """Whether this thread is the one to do `work`; while it is, others who ask are told no, and remembered."""
    with _lock:
        mine = work not in _busy and _failed.get(work, (0, 0.0))[1] <= time.monotonic()
        if mine or work in _busy:
            _busy[work] = not mine
    try:
        yield mine
    finally:
        if mine:
            with _lock:
                _busy.pop(work, None)


def asked_again(*work: str) -> bool:
    """Whether somebody asked since the last look; forgets it."""
    with _lock:
        again = _busy.get(work, False)
        if work in _busy:
            _busy[work] = False
        return again


def until_quiet(look: Callable[[], bool], *work: str) -> None:
    """Do `work` in this thread: `look` until it finds nothing and nobody asked meanwhile, or the process is asked to end.

    Somebody else's work is left to them.
    """
    with only_one(*work) as mine:
        if not mine:
            return
        while True:
            while not stopping.ASKED.is_set() and look():
                pass
            if stopping.ASKED.is_set() or not asked_again(*work):
                return


def back_off(*work: str) -> int:
    """This work broke: leave it alone for a while, longer each time. How often in a row it did."""
    with _lock:
        times = _failed.get(work, (0, 0.0))[0] + 1
        _failed[work] = (times, time.monotonic() + min(PATIENCE, 2.0**times / 2))
        return times


def reset(*work: str) -> None:
    """This work is in order again."""
    with _lock:
        _failed.pop(work, None)
