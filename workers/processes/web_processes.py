"""`largesse web`: how many processes serve the pages, and what if one of them falls?

One serves by itself. Of several, a parent holds the socket that they share, starts again what falls, and hands a wish to end on.
"""

import contextlib
import os
import resource
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import settings
from logs import log
from workers.processes import web_server
from workers.processes.web_server import GRACE, Refuse, WebServer

OPEN_FILES = 8192
"""A connection holds up to three: itself, what it sent, what it is told."""


class _Asked:
    """Whether this process was asked to end, or its parent is gone."""

    def __init__(self, server: WebServer) -> None:
        self._server, self._parent, self._now = server, os.getppid(), False
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._note)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self._now = True
        self._server.pull_trigger()

    def __call__(self) -> bool:
        return self._now or os.getppid() != self._parent


def serve(application: Any, refuse: Refuse) -> None:
    """Serve on LARGESSE_BIND and PORT until SIGTERM. Raises OSError where the port cannot be had."""
    now = settings.current()
    _allow_files()
    web_server.log_plainly()
    listening = web_server.listen(now.bind, now.port)

    def one() -> None:
        server = WebServer(application, listening, now.web_threads, refuse)
        log(__name__).info("began", port=now.port)
        server.serve(_Asked(server))
        log(__name__).info("ended")

    if now.web_workers <= 1:
        one()
    else:
        _Parent(one).watch(now.web_workers)


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class _Parent:
    """Starts children that serve, and starts again those that fall."""

    def __init__(self, serve_one: Callable[[], None]) -> None:
        self._serve_one, self._children, self._ending = serve_one, set[int](), False
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._end)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self._ending = True
        self._tell(signal.SIGTERM)

    def _tell(self, what: signal.Signals) -> None:
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, what)

    def watch(self, number: int) -> None:
        """Keep so many serving, until asked to end; whoever has not ended well after the grace is ended."""
        while not self._ending:
            while len(self._children) < number:
                self._start()
            time.sleep(0.2)
            self._collect()
        end = time.monotonic() + GRACE + 2
        while self._children and time.monotonic() < end:
            self._tell(signal.SIGTERM)
            time.sleep(0.2)
            self._collect()
        self._tell(signal.SIGKILL)

    def _start(self) -> None:
        child = os.fork()
        if child:
            self._children.add(child)
            return
        status = 1
        try:
            self._serve_one()
            status = 0
        finally:
            os._exit(status)

    def _collect(self) -> None:
        for child in tuple(self._children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                self._children.discard(child)
                if not self._ending:
                    log(__name__).error("a process that serves pages ended", status=os.waitstatus_to_exitcode(status))
