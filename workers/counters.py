"""What did this process do since it began? Calls by connection and what became of their messages, and how long they took."""

import threading
from collections import Counter
from typing import Any

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds of a call, each counted with those below it; one more bucket has all."""

_lock = threading.Lock()
_fates: Counter[tuple[str, str]] = Counter()
_seconds: dict[str, list[float]] = {}
"""Connection -> calls up to each of BUCKETS, then all calls, then the sum of their seconds."""


def called(connection: str, seconds: float, fates: Counter[str]) -> None:
    """A call through this connection (the hex of its id) ended after so many seconds, with so many messages of each fate."""
    with _lock:
        for fate, count in fates.items():
            _fates[connection, fate] += count
        held = _seconds.setdefault(connection, [0.0] * (len(BUCKETS) + 2))
        for n, most in enumerate(BUCKETS):
            held[n] += seconds <= most
        held[-2] += 1
        held[-1] += seconds


def report() -> dict[str, Any]:
    """Everything that was counted, as JSON."""
    with _lock:
        fates = [[connection, fate, count] for (connection, fate), count in _fates.items()]
        return {"messages": fates, "seconds": {connection: list(held) for connection, held in _seconds.items()}, "buckets": list(BUCKETS)}


def forget() -> None:
    """Begin anew (tests)."""
    with _lock:
        _fates.clear()
        _seconds.clear()
