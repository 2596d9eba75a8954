"""Largesse as it is in production, on servers of its own: PostgreSQL, Valkey, one worker of the bulk lane and a clock."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import alembic.command
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from bench.cost import Watched
from settings import driver_url
from tests.sending import a_project
from workers.commands.prepare_database import config
from workers.processes import embedded

ROOT = Path(__file__).parent.parent
PROCESSES = (("worker", "--lane", "bulk"), ("clock",))


@dataclass
class Installation:
    """What runs, and what it costs."""

    engine: Engine
    watched: Watched
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def worker(self) -> int:
        """The process id of the bulk worker."""
        return self.processes[0].pid


@contextmanager
def servers() -> Iterator[tuple[Path, str, Engine]]:
    """A folder, the URL of a PostgreSQL in it, and an engine on its migrated database."""
    where = Path(tempfile.mkdtemp(prefix="largesse-bench-", dir="/tmp"))
    where.chmod(0o755)
    url = embedded.start_postgres(where / "postgres", "-c max_connections=100", "-c max_wal_size=4GB")
    try:
        engine = create_engine(driver_url(url))
        with engine.connect() as connection:
            alembic.command.upgrade(config(connection), "head")
            connection.commit()
        yield where, url, engine
        engine.dispose()
    finally:
        embedded.stop_postgres(where / "postgres")
        shutil.rmtree(where, ignore_errors=True)


def postmaster(where: Path) -> int:
    """The process id of the PostgreSQL in `where`."""
    return int((where / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def installation() -> Iterator[Installation]:
    """All of it, ended afterwards."""
    with servers() as (where, url, engine):
        valkey = subprocess.Popen(embedded.valkey_command(where / "valkey"), stdout=subprocess.DEVNULL)
        ours: list[subprocess.Popen[bytes]] = []
        try:
            embedded.wait_for(lambda: embedded.valkey_answers(where / "valkey"), "Valkey")
            with Session(engine) as session:  # before the clock makes one of its own
                a_project(session)
                session.commit()
            ours += [_process(where / "largesse", url, embedded.valkey_url(where / "valkey"), *words) for words in PROCESSES]
            _wait_until_they_report(engine)
            yield Installation(engine, Watched(engine, postmaster(where), [p.pid for p in ours], [valkey.pid]), ours)
        finally:
            for process in ours:
                process.send_signal(signal.SIGTERM)
            for process in ours:
                process.wait(60)
            valkey.terminate()
            valkey.wait(30)


def _process(data: Path, url: str, broker: str, *words: str) -> subprocess.Popen[bytes]:
    given = {"LARGESSE_DATA": str(data), "DATABASE_URL": url, "BROKER_URL": broker, "LARGESSE_ALLOW_PRIVATE": "127.0.0.0/8"}
    environment = {**os.environ, **given}
    return subprocess.Popen([sys.executable, "-m", "largesse", *words], env=environment, cwd=ROOT)


def _wait_until_they_report(engine: Engine, seconds: float = 120) -> None:
    """Until every process has said that it lives, so that none of its start is counted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with engine.connect() as connection:
            if connection.execute(text("SELECT count(*) FROM process_reports")).scalar_one() >= len(PROCESSES):
                return
        time.sleep(0.2)
    raise RuntimeError("The processes of the bench did not start.")


def rss(pid: int) -> float:
    """Megabytes of a process, what it shares with others left out."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
