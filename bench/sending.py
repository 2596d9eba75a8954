"""A hundred thousand people over SendGrid, a fifth of them over SMTP: the processes of production, providers on loopback, and floors."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from bench import floor
from domain.kernel import secrets
from domain.tables.distributions import Version
from settings import driver_url
from tests.faults.standin import standing_in
from tests.sending import WORDS, a_connection, a_project, codes_to_segment
from tests.sink import free_port
from workers.processes import embedded

ROOT = Path(__file__).parent.parent
KEY = "key-of-the-bench"


def rss(pid: int) -> float:
    """Megabytes of a process, what it shares with others left out."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def worker(url: str, broker: str, *words: str) -> subprocess.Popen[bytes]:
    """One of our processes."""
    environment = {
        **os.environ, "DATABASE_URL": url, "BROKER_URL": broker, "LARGESSE_SECRET_KEYS": KEY, "LARGESSE_ALLOW_PRIVATE": "127.0.0.0/8",
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-m", "largesse", *words], env=environment, cwd=ROOT)


def run(people: int) -> None:
    """Print people a second of Largesse and of the floor, their ratio, and the worker's memory: over SendGrid, then over SMTP."""
    where = Path(tempfile.mkdtemp(prefix="largesse-bench-", dir="/tmp"))
    where.chmod(0o755)
    url = embedded.start_postgres(where / "postgres", "-c max_connections=100")
    valkey = subprocess.Popen(embedded.valkey_command(where / "valkey"), stdout=subprocess.DEVNULL)
    ours: list[subprocess.Popen[bytes]] = []
    try:
        engine = create_engine(driver_url(url))
        _migrate(engine)
        with Session(engine) as session:  # before the clock makes one of its own
            a_project(session)
            session.commit()
        ours += [worker(url, embedded.valkey_url(where / "valkey"), *words) for words in (("worker", "--lane", "bulk"), ("clock",))]
        time.sleep(4)
        with standing_in(0.02) as standin:
            scene = _scene(engine, people, "sendgrid", {"region": "other", "api": standin.url}, "mail")
            _measure(engine, scene, ours[0].pid, lambda: floor.run(engine, standin.url, scene.segment, WORDS["text"]))
            assert standin.count == 2 * people, f"{standin.count} messages arrived"
        with _mailbox() as port:
            mail = {"host": "127.0.0.1", "port": str(port), "security": "plain", "per_connection": "1000"}
            scene = _scene(engine, max(people // 5, 1000), "smtp", mail, "mail")
            _measure(engine, scene, ours[0].pid, lambda: floor.smtp(engine, port, scene.segment, WORDS["text"]))
    finally:
        for process in ours:
            process.send_signal(signal.SIGTERM)
        for process in ours:
            process.wait(60)
        valkey.terminate()
        valkey.wait(30)
        embedded.stop_postgres(where / "postgres")
        shutil.rmtree(where, ignore_errors=True)


@contextlib.contextmanager
def _mailbox() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.mailbox", str(port)], cwd=ROOT)
    try:
        time.sleep(1)
        yield port
    finally:
        process.kill()
        process.wait()


def _migrate(engine: Engine) -> None:
    import alembic.command

    from workers.commands.prepare_database import config

    with engine.connect() as connection:
        alembic.command.upgrade(config(connection), "head")
        connection.commit()


@dataclass(frozen=True)
class Scene:
    """A distribution that waits to be started."""

    provider: str
    people: int
    distribution: uuid.UUID
    segment: uuid.UUID
    campaign: uuid.UUID


def _scene(engine: Engine, people: int, provider: str, config: dict[str, str], mode: str) -> Scene:
    with Session(engine) as session:
        box = secrets.encrypt({"api_key": "SG.abcdefgh"})
        connection = a_connection(session, provider, config=config, secrets=box)
        parts = {**WORDS, "from_email": "hello@maple.example"}
        distribution = codes_to_segment(session, people, connection=connection, mode=mode, parts=parts)
        distribution.status = "draft"
        session.flush()
        plan = session.get_one(Version, (distribution.id, 1)).plan
        session.commit()
        made = Scene(provider, people, distribution.id, uuid.UUID(plan["segment_id"]), uuid.UUID(plan["campaign_id"]))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text("VACUUM ANALYZE"))
    return made


def _measure(engine: Engine, scene: Scene, pid: int, bare: Callable[[], float]) -> None:
    least, idle, id = bare(), rss(pid), {"id": scene.distribution}
    with engine.begin() as own:
        own.execute(text("UPDATE distributions SET status = 'sending', started_at = now() WHERE id = :id"), id)
    began, most = time.monotonic(), idle
    while True:
        with engine.begin() as own:
            if own.execute(text("SELECT status FROM distributions WHERE id = :id"), id).scalar_one() == "done":
                break
        most = max(most, rss(pid))
        time.sleep(0.2)
    ours = scene.people / (time.monotonic() - began)
    with Session(engine) as session:
        found = text("SELECT count(*), count(DISTINCT voucher_id) FROM publications WHERE distribution_id = :id")
        given, codes = session.execute(found, id).one()
        assert given == codes == scene.people, f"{given} publications of {codes} codes for {scene.people} people"
    print(
        f"{scene.provider}: {scene.people:,} people, {ours:,.0f} a second; floor {least:,.0f} a second; ratio {ours / least:.2f}; "
        f"memory of the bulk worker {idle:.0f} MB before, {most - idle:.0f} MB more at most",
        flush=True,
    )
