"""A child process that is found again: started with its own log, written down with the moment it began, stopped by its pid.

The record is written by the child itself between fork and exec, so there is no moment in which a process of ours runs unrecorded. A pid
alone proves nothing after a crash (numbers come again): only a process that began at the recorded moment is ours.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO

BOOT = Path("/proc/sys/kernel/random/boot_id")


LARGEST_LOG = 10_000_000
"""Bytes after which a log is begun anew."""
OLD_LOGS = 3
"""So many older ones are kept: `web.log.1` is the youngest."""


def rotate(log: Path, largest: int = LARGEST_LOG) -> None:
    """Copy a log that has grown large, and empty it. Whatever is appended between the last read and the emptying is lost: microseconds.

    Where the disk has no room for the copy, it is emptied all the same: then there is some.
    """
    if not log.exists() or log.stat().st_size <= largest:
        return
    older = [log.with_name(f"{log.name}.{n}") for n in range(1, OLD_LOGS + 1)]
    for before, after in reversed(list(pairwise(older))):
        if before.exists():
            before.replace(after)
    with log.open("rb+") as source:
        try:
            _copy(source, older[0], log.stat().st_mode & 0o777)
        except OSError:
            older[0].unlink(missing_ok=True)
        source.truncate(0)


def _copy(source: IO[bytes], to: Path, mode: int) -> None:
    with to.open("wb") as copy:
        to.chmod(mode)
        shutil.copyfileobj(source, copy)
        while rest := source.read():
            copy.write(rest)


def began(pid: int) -> str | None:
    """A word for the moment the process `pid` began, the same whoever asks; None where there is no such process."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if BOOT.exists():
            return None
        return subprocess.run(("ps", "-o", "lstart=", "-p", str(pid)), check=False, capture_output=True, text=True).stdout.strip() or None
    state, ticks = after_name[0], after_name[19]
    return None if state in "ZX" else f"{BOOT.read_text().strip()}:{ticks}"


@dataclass
class Child:
    """One process to keep running. `stop_with` is how it is asked to end, `patience` how many seconds it may take."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    root: Path
    data: Path
    stop_with: signal.Signals = signal.SIGTERM
    patience: float = 20
    become: Callable[[], None] | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    falls: int = field(default=0)
    """How often it ended unasked, one soon after another."""

    @property
    def log(self) -> Path:
        """Where everything it prints goes."""
        return self.data / "log" / f"{self.name}.log"

    @property
    def record(self) -> Path:
        """Where its pid is written down while it runs."""
        return self.data / "run" / f"{self.name}.json"

    def start(self) -> None:
        """Run it, in a session of its own, so that a Ctrl-C in the terminal reaches only the supervisor."""
        with self._open_log() as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._before_exec,  # noqa: PLW1509 - the supervisor has one thread
            )
        self.started_at = time.monotonic()

    def _open_log(self) -> IO[bytes]:
        """Its log; nothing where the disk has no room even for that."""
        try:
            self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self.log.open("ab")
        except OSError:
            return open(os.devnull, "ab")

    def rotate_log(self) -> None:
        """Begin the log anew where it has grown large, while the process goes on writing: it appends, so it need not be told."""
        rotate(self.log)

    def _before_exec(self) -> None:
        pid = os.getpid()
        self.record.write_text(json.dumps({"name": self.name, "pid": pid, "began": began(pid), "stop_with": int(self.stop_with)}))
        if self.become:
            self.become()

    def ended(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self.process.poll() if self.process else 0

    def end_remains(self) -> None:
        """It ended by itself: what it had started (and what may still hold its port) ends, too."""
        if self.process is not None:
            _end_group(self.process.pid)
            self.process = None

    def ask_to_end(self) -> None:
        """Send it its signal, if it still runs."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_with)

    def wait_until_gone(self) -> None:
        """Wait as long as its patience lasts, then end it and whatever it started."""
        if self.process is None:
            return
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _end_group(self.process.pid)
        self.process = None
        self.record.unlink(missing_ok=True)

    def last_words(self, lines: int = 15) -> str:
        """The end of its log, for a person who must be told why it does not start."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


@dataclass(frozen=True)
class Running:
    """A process that a record tells of and that still runs."""

    name: str
    pid: int
    mark: str
    stop_with: int
    record: Path

    def alive(self) -> bool:
        """Whether the very same process still runs."""
        return began(self.pid) == self.mark


def running(data: Path) -> Iterator[Running]:
    """Every process written down under `data` that still runs. Records of dead ones are removed."""
    for record in sorted((data / "run").glob("*.json")):
        try:
            said = json.loads(record.read_text())
            found = Running(said["name"], said["pid"], said["began"], said["stop_with"], record)
        except (ValueError, KeyError):
            record.unlink(missing_ok=True)
            continue
        if found.alive():
            yield found
        else:
            if began(found.pid) is None:  # while its group lives, no other process is given its number
                _end_group(found.pid)
            record.unlink(missing_ok=True)


def end_leftovers(data: Path, last: tuple[str, ...], patience: float = 15) -> list[str]:
    """Stop what a killed supervisor left running, the servers named in `last` after the others; their names."""
    left = list(running(data))
    for batch in ([r for r in left if r.name not in last], [r for r in left if r.name in last]):
        for one in batch:
            os.kill(one.pid, one.stop_with)
        end = time.monotonic() + patience
        while any(one.alive() for one in batch) and time.monotonic() < end:
            time.sleep(0.05)
        for one in batch:
            if one.alive():
                os.kill(one.pid, signal.SIGKILL)
            _end_group(one.pid)
            one.record.unlink(missing_ok=True)
    return [one.name for one in left]
