"""A hundred thousand people over SendGrid: the processes of production, a provider on loopback, and a floor beside it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from bench import floor
from settings import driver_url
from tests.faults.standin import standing_in
from tests.sending import WORDS, a_connection, codes_to_segment
from workers import embedded

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
    """Print people a second of Largesse and of the floor, their ratio, and the worker's memory."""
    where = Path(tempfile.mkdtemp(prefix="largesse-bench-", dir="/tmp"))
    where.chmod(0o755)
    url = embedded.start_postgres(where / "postgres", "-c max_connections=100")
    valkey = subprocess.Popen(embedded.valkey_command(where / "valkey"), stdout=subprocess.DEVNULL)
    ours: list[subprocess.Popen[bytes]] = []
    try:
        engine = create_engine(driver_url(url))
        _migrate(engine)
        with standing_in(0.02) as standin:
            ours += [worker(url, embedded.valkey_url(where / "valkey"), *words) for words in (("worker", "--lane", "bulk"), ("clock",))]
            time.sleep(4)
            _measure(engine, standin.url, people, ours[0].pid)
            assert standin.count == 2 * people, f"{standin.count} messages arrived"
    finally:
        for process in ours:
            process.send_signal(signal.SIGTERM)
        for process in ours:
            process.wait(60)
        valkey.terminate()
        valkey.wait(30)
        embedded.stop_postgres(where / "postgres")


def _migrate(engine: Engine) -> None:
    import alembic.command
    import alembic.config

    config = alembic.config.Config(toml_file=str(ROOT / "pyproject.toml"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        connection.commit()


def _measure(engine: Engine, url: str, people: int, pid: int) -> None:
    from domain import secrets

    with Session(engine) as session:
        box = secrets.encrypt({"api_key": "SG.abcdefgh"})
        connection = a_connection(session, "sendgrid", config={"region": "other", "api": url}, secrets=box)
        parts = {**WORDS, "from_email": "hello@maple.example"}
        distribution = codes_to_segment(session, people, connection=connection, mode="mail", parts=parts)
        distribution.status = "draft"
        segment = session.execute(text("SELECT id FROM segments LIMIT 1")).scalar_one()
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text("VACUUM ANALYZE"))
    bare = floor.run(engine, url, segment, WORDS["text"])
    idle = rss(pid)
    with engine.begin() as own:
        own.execute(text("UPDATE distributions SET status = 'sending', started_at = now()"))
    began, most = time.monotonic(), idle
    while True:
        with engine.begin() as own:
            if own.execute(text("SELECT status FROM distributions")).scalar_one() == "done":
                break
        most = max(most, rss(pid))
        time.sleep(0.2)
    ours = people / (time.monotonic() - began)
    with Session(engine) as session:
        given, codes = session.execute(text("SELECT count(*), count(DISTINCT voucher_id) FROM publications")).one()
        assert given == codes == people, f"{given} publications of {codes} codes for {people} people"
    print(f"sendgrid: {people:,} people, {ours:,.0f} a second; floor {bare:,.0f} a second; ratio {ours / bare:.2f}")
    print(f"memory of the bulk worker: {idle:.0f} MB idle, {most:.0f} MB at most, {most - idle:.0f} MB more")
