"""How often may somebody post what nobody signed, or what is signed wrongly? Counted by the minute, by this process alone.

Posts with a right signature are not counted: a provider that tells of a million mails has many of them.
"""

import threading
import time

UNSIGNED = 1200
"""Posts a minute to one address by a provider that does not sign."""
FORGED = 30
"""Posts a minute with a wrong signature from one sender to one address that are each told so and logged."""
_KEYS = 50_000
"""So many senders are told apart in one minute; those after them are counted as one."""
_lock = threading.Lock()
_counts: dict[tuple[str, str], int] = {}
_minute = 0


def too_often(most: int, word: str, sender: str = "") -> bool:
    """Count a post to this address, by this sender where it matters; whether it is one too many in this minute."""
    global _minute  # noqa: PLW0603 - one process counts for itself
    now = int(time.monotonic() // 60)
    with _lock:
        if now != _minute:
            _minute = now
            _counts.clear()
        key = (word, sender) if (word, sender) in _counts or len(_counts) < _KEYS else ("", "")
        _counts[key] = _counts.get(key, 0) + 1
        return _counts[key] > most
