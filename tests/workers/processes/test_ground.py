"""The supervisor stands on bad ground: a full disk, orphans on its port, a database that is killed while everything begins."""

import contextlib
import os
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workers.processes.test_run import Run, run  # noqa: F401 - the fixture
from workers.processes import children

pytestmark = pytest.mark.slow


def until(seen: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_full_disk_ends_nobody_and_what_fell_comes_back_when_there_is_room(run: Run) -> None:  # noqa: F811 - a fixture
    process, _ = run.ready(LARGESSE_RESTART_AFTER="100")
    assert run.healthy()
    pid = run.pids()["worker-bulk"]
    record, log = run.data / "run" / "worker-bulk.json", run.data / "log" / "supervisor.log"
    for full in (record, log):
        full.unlink(missing_ok=True)
        full.symlink_to("/dev/full")

    os.kill(pid, signal.SIGKILL)
    time.sleep(3)

    assert process.poll() is None
    assert urllib.request.urlopen(f"http://127.0.0.1:{run.port}/healthz", timeout=60).status == 200
    for full in (record, log):
        full.unlink()
    until(lambda: run.pids().get("worker-bulk", pid) != pid)
    assert process.poll() is None


def test_postgresql_killed_while_the_database_is_prepared_costs_a_moment(run: Run) -> None:  # noqa: F811 - a fixture
    process = run.start()
    until(lambda: "prepare" in run.pids(), 120)
    until(lambda: any(b"[local]" in words(pid) for pid in _children(run.pids()["postgres"])))
    os.kill(run.pids()["postgres"], signal.SIGKILL)

    assert process.stdout is not None
    line = process.stdout.readline()

    assert line.startswith("Largesse is ready"), (run.data / "log" / "prepare.log").read_text()
    assert "begin" in (run.data / "log" / "supervisor.log").read_text()
    assert run.healthy()


def test_an_orphan_that_holds_the_port_is_ended_by_the_next_start(run: Run) -> None:  # noqa: F811 - a fixture
    process, _ = run.ready()
    assert run.healthy()
    orphan = run.pids()["web"]
    os.kill(orphan, signal.SIGSTOP)  # it cannot notice by itself that its parent is gone
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert words(orphan)

    _, line = run.ready()

    assert line.startswith("Largesse is ready")
    assert run.healthy()
    assert not children.began(orphan)


def words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _children(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text().split():
                found += _children(int(child))
    return found
