"""Sending to everybody in a segment, one code each: by SendGrid's calls of a thousand, and over lines of SMTP, to peers on loopback."""

import contextlib
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from bench import floor
from bench.compare import RUNS, Comparison, compare
from bench.cost import Cost
from bench.installation import ROOT, Installation, installation, rss
from domain.kernel import secrets
from domain.tables.distributions import Version
from tests.faults.standin import standing_in
from tests.sending import WORDS, a_connection, codes_to_segment
from tests.sink import free_port


@dataclass(frozen=True)
class Scene:
    """A distribution that waits to be started."""

    people: int
    distribution: uuid.UUID
    segment: uuid.UUID


def sendgrid(people: int, runs: int = RUNS) -> Comparison:
    """Print people a second of Largesse and of the floor."""
    with installation() as here, standing_in(0.02) as standin:
        here.watched.peers.append(standin.pid)
        config = {"region": "other", "api": standin.url}
        made = _compared(here, "sendgrid", people, config, lambda s: floor.run(here.engine, standin.url, s, WORDS["text"]), runs)
        assert standin.count == 2 * runs * people, f"{standin.count} messages arrived"
        return made


def smtp(people: int, runs: int = RUNS) -> Comparison:
    """The same over SMTP."""
    with installation() as here, _mailbox() as mailbox:
        here.watched.peers.append(mailbox.pid)
        config = {"host": "127.0.0.1", "port": str(mailbox.port), "security": "plain", "per_connection": "1000"}
        return _compared(here, "smtp", people, config, lambda s: floor.smtp(here.engine, mailbox.port, s, WORDS["text"]), runs)


def _compared(
    here: Installation, provider: str, people: int, config: dict[str, str], bare: Callable[[uuid.UUID], object], runs: int
) -> Comparison:
    idle, most = rss(here.worker), 0.0
    scenes: list[Scene] = []

    def least() -> Cost:
        scenes.append(_scene(here.engine, people, provider, config))
        with here.watched.stretch(here=True) as cost:
            bare(scenes[-1].segment)
        return cost

    def ours() -> Cost:
        nonlocal most
        with here.watched.stretch() as cost:
            most = max(most, _sent(here, scenes[-1]))
        _nobody_missed(here.engine, scenes[-1])
        return cost

    made = compare(provider, people, least, ours, runs)
    print(f"  memory of the bulk worker: {idle:.0f} MB before, {max(most - idle, 0):.0f} MB more at most", flush=True)
    return made


@dataclass(frozen=True)
class Mailbox:
    """A running `bench.mailbox`."""

    pid: int
    port: int


@contextlib.contextmanager
def _mailbox() -> Iterator[Mailbox]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.mailbox", str(port)], cwd=ROOT)
    try:
        time.sleep(1)
        yield Mailbox(process.pid, port)
    finally:
        process.kill()
        process.wait()


def _scene(engine: Engine, people: int, provider: str, config: dict[str, str]) -> Scene:
    with Session(engine) as session:
        box = secrets.encrypt({"api_key": "SG.abcdefgh"})
        connection = a_connection(session, provider, config=config, secrets=box)
        parts = {**WORDS, "from_email": "hello@maple.example"}
        distribution = codes_to_segment(session, people, connection=connection, mode="mail", parts=parts)
        distribution.status = "draft"
        session.flush()
        plan = session.get_one(Version, (distribution.id, 1)).plan
        session.commit()
        made = Scene(people, distribution.id, uuid.UUID(plan["segment_id"]))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text("VACUUM ANALYZE"))
        own.execute(text("CHECKPOINT"))
    return made


def _sent(here: Installation, scene: Scene) -> float:
    """Start it and wait until it is done; the most megabytes that the worker had."""
    id, most = {"id": scene.distribution}, 0.0
    with here.engine.begin() as own:
        own.execute(text("UPDATE distributions SET status = 'sending', started_at = now() WHERE id = :id"), id)
    while True:
        with here.engine.begin() as own:
            if own.execute(text("SELECT status FROM distributions WHERE id = :id"), id).scalar_one() == "done":
                return most
        most = max(most, rss(here.worker))
        time.sleep(0.1)


def _nobody_missed(engine: Engine, scene: Scene) -> None:
    with Session(engine) as session:
        found = text("SELECT count(*), count(DISTINCT voucher_id) FROM publications WHERE distribution_id = :id")
        given, codes = session.execute(found, {"id": scene.distribution}).one()
        assert given == codes == scene.people, f"{given} publications of {codes} codes for {scene.people} people"
