"""When is a call over, whatever the peer does? At its deadline every socket it uses is shut down, in the midst of a read or a handshake.

Time-outs of sockets count from byte to byte: a peer that drips one byte a second outlives each of them. So one thread of the process
looks when the next call is over, and shuts its sockets down; whoever reads from them finds their end.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import threading
import time


class Deadline:
    """A call that may take so many seconds, as a context. `over` says whether it took longer."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends = time.monotonic() + seconds
        self.over = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._done = False

    def left(self) -> float:
        """Seconds that are left; never quite nothing, for a socket takes 0 as a wish not to wait at all."""
        return max(self.ends - time.monotonic(), 0.001)

    def attach(self, used: socket.socket) -> None:
        """Shut this socket down when the call is over, and whatever is wrapped around it later: they share one connection."""
        copy = socket.socket(fileno=os.dup(used.fileno()))
        with self._lock:
            self._sockets.append(copy)
        if self.over:
            self.end()

    def end(self) -> None:
        """It is over: shut everything down. Whoever has finished meanwhile is left alone."""
        with self._lock:
            if self._done:
                return
            self.over = True
            for used in self._sockets:
                with contextlib.suppress(OSError):
                    used.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Deadline:
        _watch(self)
        return self

    def __exit__(self, *_: object) -> None:
        with _changed:
            _live.discard(self)
        with self._lock:
            self._done = True
            for used in self._sockets:
                used.close()
            self._sockets.clear()


_changed = threading.Condition()
_live: set[Deadline] = set()
"""The calls under way: never more than there are threads."""
_wakes = 0.0
_thread: threading.Thread | None = None


def _watch(deadline: Deadline) -> None:
    global _thread  # noqa: PLW0603 - one watcher for the process
    with _changed:
        _live.add(deadline)
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="deadlines", daemon=True)
            _thread.start()
        elif deadline.ends < _wakes:
            _changed.notify()


def _run() -> None:
    global _wakes  # noqa: PLW0603 - one watcher for the process
    while True:
        with _changed:
            now = time.monotonic()
            over = [deadline for deadline in _live if deadline.ends <= now]
            _live.difference_update(over)
            if not over:
                _wakes = min((deadline.ends for deadline in _live), default=math.inf)
                _changed.wait(None if _wakes is math.inf else _wakes - now)
        for deadline in over:
            deadline.end()
