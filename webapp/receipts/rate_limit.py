"""How often may one provider post? So often that no real one notices, counted by this process alone."""

import threading
import time

PER_MINUTE = 1200
_lock = threading.Lock()
_counts: dict[str, int] = {}
_minute = 0


def too_often(word: str) -> bool:
    """Count a post to this address; whether it is one too many in this minute."""
    global _minute  # noqa: PLW0603 - one process counts for itself
    now = int(time.monotonic() // 60)
    with _lock:
        if now != _minute:
            _minute = now
            _counts.clear()
        _counts[word] = _counts.get(word, 0) + 1
        return _counts[word] > PER_MINUTE
