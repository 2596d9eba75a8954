"""An installation under fault: real processes under the supervisor, a Valkey that can go away, and four runs to four kinds of peer."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.connections import edit
from domain.kernel import secrets
from domain.kernel.actor import SYSTEM
from tests.faults.standin import FAILING, SILENT, Standin
from tests.integrations.recordings import webhook
from tests.sending import WORDS, a_connection, codes_to_segment
from tests.workers.processes.test_run import Run
from workers.processes import embedded

KEY = "SG.abcdefgh"
MAIL = {**WORDS, "from_email": "hello@maple.example"}
OTHERS = (FAILING, f"{SILENT}-1", f"{SILENT}-2")
"""The peers in trouble, by the first word of their path."""


class Broker:
    """A Valkey of the test's own, so that it stays away as long as the test likes."""

    def __init__(self, where: Path) -> None:
        self.where, self.url = where, embedded.valkey_url(where)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(embedded.valkey_command(self.where), stdout=subprocess.DEVNULL)
        embedded.wait_for(lambda: embedded.valkey_answers(self.where), "Valkey")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def gone_for(self, seconds: float) -> None:
        """It is killed, and comes back after a while."""
        self.end()
        time.sleep(seconds)
        self.start()

    def flush(self) -> None:
        redis.Redis.from_url(self.url).flushall()


@dataclass
class Runs:
    """The distributions under way: to the sound peer, and by name to those in trouble."""

    sound: uuid.UUID
    others: dict[str, uuid.UUID]


def begin(engine: Engine, standin: Standin, people: int, few: int, per_call: tuple[int, int]) -> Runs:
    """`people` get a mail through the sound peer, and `few` each through those in trouble."""
    with Session(engine) as session:
        others = {}
        for name in OTHERS:
            url = f"{standin.url}/{name}"
            if name == FAILING:
                connection, mode, parts = _sendgrid(session, url, per_call[1]), "mail", MAIL
            else:
                connection, _ = edit.create(session, SYSTEM, "webhook", name, webhook.settings(url))
                mode, parts = "webhook", {"payload": '{"code": "{{ voucher.code }}"}'}
            others[name] = codes_to_segment(session, few, connection=connection, mode=mode, parts=parts).id
        sound = codes_to_segment(session, people, connection=_sendgrid(session, standin.url, per_call[0]), mode="mail", parts=MAIL).id
        session.commit()
    return Runs(sound, others)


def _sendgrid(session: Session, url: str, batch: int) -> Any:
    return a_connection(session, "sendgrid", config={"region": "other", "api": url}, secrets=secrets.encrypt({"api_key": KEY}), batch=batch)


def kill(run: Run, name: str) -> None:
    """`kill -9` of a process, if it runs just now."""
    pid = run.pids().get(name)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def patient(engine: Engine, statement: str, seconds: float = 60, **values: object) -> Any:
    """The first value, waiting for a database that has just been killed."""
    end = time.monotonic() + seconds
    while True:
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement), values)
                return result.scalar() if result.returns_rows else None
        except DBAPIError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def pass_time(engine: Engine, by: str) -> None:
    """Let the clock of the installation jump ahead."""
    patient(
        engine,
        "INSERT INTO clock_offset (id, shift) VALUES (1, CAST(:by AS interval)) "
        "ON CONFLICT (id) DO UPDATE SET shift = clock_offset.shift + CAST(:by AS interval)",
        by=by,
    )


def until(true: Callable[[], bool], what: str, seconds: float = 150) -> None:
    """Wait for a condition; fails in words."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.3)
