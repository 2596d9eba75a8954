"""Which thread waits for a peer? One of a pool of which no connection may take more than half: a slow peer leaves enough to the rest."""

import functools
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from integrations import catalogue

FEWEST = 16


class CallThreads:
    """So many threads, of which a connection holds at most half, or as many as it may call at once."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="calls")
        self._held: Counter[uuid.UUID] = Counter()
        self._lock = threading.Lock()

    def start(self, connection_id: uuid.UUID, most: int, work: Callable[[], object]) -> Future[object] | None:
        """Let a thread work for this connection; None where it holds as many as it may, or all are busy."""
        with self._lock:
            if self._held[connection_id] >= min(most, self.count // 2) or self._held.total() >= self.count:
                return None
            self._held[connection_id] += 1
        return self._pool.submit(self._work, connection_id, work)

    def _work(self, connection_id: uuid.UUID, work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            with self._lock:
                self._held[connection_id] -= 1
                if not self._held[connection_id]:
                    del self._held[connection_id]


@functools.cache
def call_threads() -> CallThreads:
    """The threads of this process: twice as many as the mode takes that may be called most at once."""
    largest = max(mode.limits.concurrent for provider in catalogue.providers() for mode in provider.modes)
    return CallThreads(max(FEWEST, 2 * largest))
