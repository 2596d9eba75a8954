"""`largesse run`: which processes belong to this installation, in which order do they start and stop, and what if one falls?

PostgreSQL and Valkey first (unless DATABASE_URL and BROKER_URL name others), then what prepares the database, then web, workers and
clock. One that falls is started again, ever more slowly. Ctrl-C and SIGTERM stop all in reverse; what a `kill -9` of this process
leaves behind is stopped by the next start. Everything has its log under `data`/log; the terminal gets one line.
"""

import contextlib
import fcntl
import functools
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import IO

import resources
import settings
from workers.processes import embedded, port, tuning
from workers.processes.children import Child, end_leftovers, rotate

SERVERS = ("valkey", "postgres")
MOST_TRIES = 5
"""How often the database is prepared where a server falls meanwhile."""


class CannotRun(Exception):
    """It cannot be started; the text is for the person who tried."""


class _Asked(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM while we were still starting."""


def say(line: str) -> None:
    """Tell the person at the terminal; standard output is kept for the one line that says it is ready."""
    print(line, file=sys.stderr, flush=True)


class Supervisor:
    """The processes of one data directory."""

    def __init__(self, now: settings.Settings) -> None:
        self.settings = now
        self.port, self.bind = now.port, now.bind
        self.database_url, self.broker_url = now.database_url, now.broker_url
        self.data, self.restart_after = now.data.absolute(), now.restart_after / 1000
        self.children: list[Child] = []
        self.asked = False
        self.lock: IO[str] | None = None

    def run(self) -> None:
        """Start everything, say so, and watch until asked to stop. Raises CannotRun with words."""
        self._claim()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever started us may ignore it, and then no child could be waited for
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if asked is not signal.SIGHUP or signal.getsignal(asked) is not signal.SIG_IGN:  # nohup asks to outlive the terminal
                signal.signal(asked, self._ask)
        try:
            if end_leftovers(self.data, SERVERS):
                say("Stopped what an earlier start had left running.")
            self._check_port()
            self._start_servers()
            sign_in = self._prepare()
            self._start_ours()
            self._await_health()
            print(f"Largesse is ready: http://127.0.0.1:{self.port}  {sign_in}", flush=True)
            while True:
                self._pause(0.25)
        except _Asked:
            pass
        except embedded.EmbeddedError as why:
            raise CannotRun(str(why)) from why
        finally:
            self._stop()

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True

    def _claim(self) -> None:
        """Be the only supervisor of this data directory, for as long as this process lives."""
        try:
            (self.data / "run").mkdir(parents=True, exist_ok=True)
            self.lock = (self.data / "run" / "lock").open("a+")
        except OSError as why:
            raise CannotRun(f"{self.data} cannot be written to ({why.strerror}): set LARGESSE_DATA to another folder.") from None
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.seek(0)
            raise CannotRun(f"Largesse already runs from {self.data}: {self.lock.read().strip() or 'it is just starting'}.") from None
        self.lock.truncate(0)
        self.lock.write(f"process {os.getpid()}, http://127.0.0.1:{self.port}")
        self.lock.flush()

    def _check_port(self) -> None:
        try:
            port.await_free(self.bind, self.port, self._pause)
        except port.PortTaken as why:
            raise CannotRun(str(why)) from None

    def _pause(self, seconds: float) -> None:
        """Let time pass, and start again what fell meanwhile."""
        time.sleep(seconds)
        if self.asked:
            raise _Asked
        for child in self.children:
            self._revive(child)
            child.rotate_log()
        rotate(self.data / "log" / "supervisor.log")

    def _revive(self, child: Child) -> None:
        status = child.ended()
        if status is None or child.started_at > time.monotonic():
            return
        if child.process is not None:
            lived = time.monotonic() - child.started_at
            child.falls = 1 if lived > 60 else child.falls + 1
            wait = 0.0 if child.falls == 1 else self.restart_after * min(2**child.falls, 30)
            self._note(f"{child.name} ended with {status} after {lived:.0f} s; starting it again in {wait:.1f} s")
            child.end_remains()
            child.started_at = time.monotonic() + wait
            return
        try:
            child.start()
        except (OSError, subprocess.SubprocessError) as why:  # no room for its record, no memory, no process to be had: that passes
            child.falls += 1
            wait = self.restart_after * min(2 ** min(child.falls, 5), 30)
            self._note(f"{child.name} could not be started ({why}); trying again in {wait:.1f} s")
            child.process, child.started_at = None, time.monotonic() + wait

    def _note(self, line: str) -> None:
        """Write it down; where there is no room on the disk, the terminal hears it."""
        try:
            with (self.data / "log" / "supervisor.log").open("a") as log:
                log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
        except OSError as why:
            with contextlib.suppress(OSError):
                say(f"{line} (the log cannot be written: {why.strerror})")

    def _add(self, name: str, *command: str, **more: object) -> Child:
        told = {"DATABASE_URL": self.database_url, "BROKER_URL": self.broker_url, "LARGESSE_DATA": str(self.data)}
        told["MALLOC_ARENA_MAX"] = "2"  # glibc's: threads share two heaps, instead of keeping a grown one each
        child = Child(name, command, settings.child_environment(**told), resources.CODE, self.data, **more)  # type: ignore[arg-type] # each is a field of Child
        child.start()
        self.children.append(child)
        return child

    def _start_servers(self) -> None:
        first = not (self.data / "postgres" / "data").exists() and not self.database_url
        if first:
            say(f"First start: making a database in {self.data} …")
        if not self.database_url:
            where = self.data / "postgres"
            embedded.prepare_postgres(where)
            become = embedded.as_owner(where)
            options = tuning.options(where, self.settings)
            embedded.check_options(where, *options)
            command = embedded.postgres_command(where, *options)
            self._add("postgres", *command, stop_with=signal.SIGINT, become=become, patience=60)
            self.database_url = embedded.postgres_url(where)
            self._await(lambda: embedded.postgres_answers(where), self.children[-1])
        if not self.broker_url:
            where = self.data / "valkey"
            self._add("valkey", *embedded.valkey_command(where))
            self.broker_url = embedded.valkey_url(where)
            self._await(lambda: embedded.valkey_answers(where), self.children[-1])

    def _prepare(self) -> str:
        """Migrate, and fill an empty database; what to say about signing in. It begins again where a server fell meanwhile."""
        for _ in range(MOST_TRIES - 1):
            fallen = sum(child.falls for child in self.children)
            try:
                return self._prepare_once()
            except CannotRun:
                self._pause(1)
                if sum(child.falls for child in self.children) == fallen:
                    raise
                self._note("a server fell while the database was prepared; beginning again")
            self._await_servers()
        return self._prepare_once()

    def _await_servers(self) -> None:
        answers = {"postgres": embedded.postgres_answers, "valkey": embedded.valkey_answers}
        for child in self.children:
            self._await(functools.partial(answers[child.name], self.data / child.name), child)

    def _prepare_once(self) -> str:
        """In a process of its own, so that this one stays small."""
        answer = self.data / "run" / "prepared"
        answer.unlink(missing_ok=True)
        child = self._add("prepare", sys.executable, "-m", "largesse", "prepare", str(answer))
        self.children.remove(child)
        try:
            while (status := child.ended()) is None:
                self._pause(0.05)
        except _Asked:
            child.ask_to_end()
            raise
        finally:
            child.wait_until_gone()
        if status != 0:
            raise CannotRun(f"The database could not be prepared ({child.log}):\n{child.last_words()}")
        said: dict[str, str] = json.loads(answer.read_text())
        answer.unlink()
        return said["sign_in"]

    def _start_ours(self) -> None:
        """The four kinds of process that are Largesse; each could as well be started alone, on another machine."""
        us = (sys.executable, "-m", "largesse")
        self._add("web", *us, "web")
        self._add("worker-bulk", *us, "worker", "--lane", "bulk", patience=40)
        self._add("worker-trigger", *us, "worker", "--lane", "trigger", patience=40)
        self._add("clock", *us, "clock")

    def _await(self, answers: Callable[[], bool], child: Child, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not answers():
            if time.monotonic() > end:
                raise CannotRun(f"{child.name} did not answer within {seconds:.0f} seconds ({child.log}):\n{child.last_words()}")
            self._pause(0.05)

    def _await_health(self) -> None:
        web = next(child for child in self.children if child.name == "web")
        self._await(self._healthy, web)

    def _healthy(self) -> bool:
        peer = http.client.HTTPConnection(port.reached_at(self.bind), self.port, timeout=5)
        try:
            peer.request("GET", "/healthz")
            return peer.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            peer.close()

    def _stop(self) -> None:
        """Ours first, all at once; then Valkey; PostgreSQL last."""
        servers = [child for child in reversed(self.children) if child.name in SERVERS]
        ours = [child for child in self.children if child.name not in SERVERS]
        for batch in (ours, *([server] for server in servers)):
            for child in batch:
                child.ask_to_end()
            for child in batch:
                child.wait_until_gone()
