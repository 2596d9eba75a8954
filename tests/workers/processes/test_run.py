"""`largesse run`, as a person starts, stops and breaks it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installation import READY, ROOT, end_with_us
from tests.sink import free_port
from workers.processes import children, embedded
from workers.processes.memory import megabytes

pytestmark = pytest.mark.slow


class Run:
    """`largesse run` on one data directory and one port, started as often as a test likes."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.started: list[subprocess.Popen[str]] = []

    def start(self, **environment: str) -> subprocess.Popen[str]:
        given = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BROKER_URL", "LARGESSE_SECRET_KEYS"}}
        given |= {"LARGESSE_DATA": str(self.data), "PORT": str(self.port), "LARGESSE_DEMO": "0", **environment}
        words = (sys.executable, "-m", "largesse", "run")
        pipe = subprocess.PIPE
        more = {"start_new_session": True, "preexec_fn": end_with_us}
        self.started.append(subprocess.Popen(words, env=given, cwd=ROOT, text=True, stdout=pipe, stderr=pipe, **more))
        return self.started[-1]

    def ready(self, **environment: str) -> tuple[subprocess.Popen[str], str]:
        process = self.start(**environment)
        assert process.stdout is not None
        return process, process.stdout.readline()

    def pids(self) -> dict[str, int]:
        return {one.name: one.pid for one in children.running(self.data)}

    def healthy(self, seconds: float = 40) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as reply:
                    return reply.status == 200
            except OSError:
                time.sleep(0.1)
        return False


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    run = Run(tmp_path_factory.mktemp("run"))
    yield run
    for process in run.started:
        process.kill()
        process.wait()
    children.end_leftovers(run.data, ("valkey", "postgres"))


def stop(process: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> int:
    process.send_signal(how)
    return process.wait(60)


def gone(pids: dict[str, int]) -> bool:
    return not any(children.began(pid) for pid in pids.values())


def test_the_first_start_says_one_line_with_a_sign_in_and_a_stop_leaves_nothing_running(run: Run) -> None:
    process, line = run.ready()
    pids = run.pids()
    said = READY.search(line)

    assert said
    assert said["url"] == f"http://127.0.0.1:{run.port}"
    assert said["password"]
    assert set(pids) == {"postgres", "valkey", "web", "worker-bulk", "worker-trigger", "clock"}
    assert run.healthy()
    held = {name: size for name, size in megabytes(run.data).items() if name not in {"postgres", "valkey"}}
    print(f"idle: {held}")
    assert sum(held.values()) < 400, held

    assert stop(process, signal.SIGINT) == 0
    assert gone(pids)
    assert process.stdout is not None
    assert process.stdout.read() == ""


def when_made(run: Run) -> float:
    """When the cluster of PostgreSQL was made."""
    return (run.data / "postgres" / "data" / "PG_VERSION").stat().st_mtime


def test_a_second_start_keeps_the_people_and_what_was_made(run: Run) -> None:
    process, first = run.ready()
    stop(process)

    made = when_made(run)
    process, second = run.ready()

    assert when_made(run) == made, "the database is there already, and is not made anew"
    assert second == first, "until somebody has signed in, the first password is shown again"
    stop(process)


def test_what_falls_is_started_again_the_servers_too(run: Run) -> None:
    run.ready(LARGESSE_RESTART_AFTER="50")

    for name in ("web", "valkey", "postgres", "clock", "clock"):
        before = run.pids()[name]
        os.kill(before, signal.SIGKILL)
        end = time.monotonic() + 40
        while run.pids().get(name, before) == before and time.monotonic() < end:
            time.sleep(0.1)
        assert run.pids().get(name, before) != before, name
    assert run.healthy()
    waits = re.findall(r"clock ended .* again in (\S+) s", (run.data / "log" / "supervisor.log").read_text())
    assert waits == ["0.0", "0.2"], "the second time more slowly"


def test_after_the_supervisor_was_killed_the_next_start_cleans_up(run: Run) -> None:
    process, _ = run.ready()
    left = run.pids()
    process.kill()
    process.wait()
    assert not gone(left)

    _, line = run.ready()

    assert READY.search(line)
    assert gone(left)


def test_a_number_left_in_a_lock_file_does_not_keep_the_database_from_starting(run: Run) -> None:
    process, _ = run.ready()
    stop(process)
    where = run.data / "postgres"
    lock = where / "data" / "postmaster.pid"
    with subprocess.Popen(("sleep", "120"), preexec_fn=embedded.as_owner(where)) as stranger:
        lock.write_text(f"{stranger.pid}\n{lock.parent}\n1\n5432\n\n\n\n")

        _, line = run.ready()

        assert READY.search(line)
        assert stranger.poll() is None
        stranger.kill()


def test_a_second_supervisor_of_the_same_data_says_so(run: Run) -> None:
    run.ready()

    other = run.start(PORT=str(free_port()))

    _, words = other.communicate(timeout=30)
    assert other.returncode == 1
    assert "already runs" in words
    assert "Traceback" not in words


def test_a_taken_port_is_said_in_words(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", run.port))
        taken.listen()
        process = run.start()
        _, words = process.communicate(timeout=30)

    assert process.returncode == 1
    assert f"Port {run.port} is taken" in words
    assert not run.pids()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [("LARGESSE_BIND", "192.0.2.1", "Nothing can listen on 192.0.2.1 here"),
     ("LARGESSE_BIND", "999.1.1.1", "set LARGESSE_BIND to an address"),
     ("LARGESSE_DATA", "/dev/null", "set LARGESSE_DATA to another folder"),
     ("LARGESSE_POSTGRES_OPTIONS", "shared_buffers=lots", "Correct LARGESSE_POSTGRES_OPTIONS"),
     ("LARGESSE_POSTGRES_OPTIONS", "no_such_option=1", "no_such_option")],
)  # fmt: skip
def test_a_setting_that_cannot_work_here_ends_the_start_at_once_and_says_which(run: Run, variable: str, value: str, words: str) -> None:
    process = run.start(**{variable: value})

    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert words in said
    assert "Traceback" not in said
    assert not run.pids()


def test_a_process_that_only_has_the_number_of_one_of_ours_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(("sleep", "60")) as stranger:
        (tmp_path / "run").mkdir()
        record = tmp_path / "run" / "web.json"
        record.write_text(json.dumps({"name": "web", "pid": stranger.pid, "began": "another moment", "stop_with": 15}))

        ended = children.end_leftovers(tmp_path, ())

        assert ended == []
        assert stranger.poll() is None
        assert not record.exists()
        stranger.kill()


def test_with_a_database_and_a_broker_of_ones_own_only_our_processes_start(
    run: Run, committed: object, database_url: str, valkey: str
) -> None:
    process, line = run.ready(DATABASE_URL=database_url, BROKER_URL=valkey)

    assert READY.search(line)
    assert set(run.pids()) == {"web", "worker-bulk", "worker-trigger", "clock"}
    stop(process)


def test_one_installation_tells_of_all_its_processes_in_numbers_and_in_lines_that_programs_read(run: Run) -> None:
    process, line = run.ready(LARGESSE_LOG_FORMAT="json", LARGESSE_LOG_LEVEL="DEBUG", LARGESSE_METRICS_TOKEN="t0ken")
    assert "ready" in line
    asked = urllib.request.Request(f"http://127.0.0.1:{run.port}/metrics", headers={"Authorization": "Bearer t0ken"})

    kinds: set[str] = set()
    end = time.monotonic() + 40
    while len(kinds) < 3 and time.monotonic() < end:
        told = urllib.request.urlopen(asked, timeout=10).read().decode()
        kinds = set(re.findall(r'largesse_process_up\{kind="([\w-]+)"', told))
        time.sleep(0.5)
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/readyz", timeout=10) as reply:
        ready = json.loads(reply.read())
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{run.port}/nowhere", timeout=10)

    assert stop(process) == 0
    assert kinds == {"worker-bulk", "worker-trigger", "clock"}
    assert "largesse_up 1.0" in told
    assert 'largesse_queue_length{lane="bulk"}' in told
    assert ready["ready"], ready
    for name in ("web", "worker-bulk", "worker-trigger", "clock"):
        lines = (run.data / "log" / f"{name}.log").read_text().splitlines()
        assert lines, name
        assert {json.loads(one)["process"] for one in lines} == {name}
