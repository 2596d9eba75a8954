"""kill -9 of everything, in the middle of a run, and then FLUSHALL: nobody is lost, no code is given twice, and what is not known is said.

Real processes under the supervisor, which starts again what falls, and a provider that writes down every message it is given.
`LARGESSE_KILL_PEOPLE` sets how many people the run has.
"""

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import settings
from domain.incentives.ledger import check as ledger
from domain.kernel import secrets
from domain.sending.states import tallies
from settings import driver_url
from tests.faults.standin import Standin, standing_in
from tests.sending import WORDS, a_connection, codes_to_segment
from tests.workers.processes.test_run import Run
from workers.processes import children, embedded

pytestmark = [pytest.mark.kill, pytest.mark.slow]

PEOPLE = int(os.environ.get("LARGESSE_KILL_PEOPLE", "6000"))
PER_CALL = 100
IN_FLIGHT = 4
ONCE_EACH = ("worker-bulk", "clock", "web", "valkey", "postgres", "worker-trigger")
AGAIN_AND_AGAIN = ("worker-bulk", "clock", "postgres", "worker-bulk", "valkey", "postgres", "worker-bulk")
CODE = re.compile(r"AUTUMN-[A-Z0-9]{8}")


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    run = Run(tmp_path_factory.mktemp("kill"))
    run.ready(LARGESSE_ALLOW_PRIVATE="127.0.0.0/8", LARGESSE_RESTART_AFTER="5")
    assert run.healthy()
    monkeypatch.setenv("LARGESSE_SECRET_KEYS", (run.data / "secret_keys").read_text().strip())
    settings.current.cache_clear()
    yield run
    for process in run.started:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except Exception:
            process.kill()
            process.wait()
    children.end_leftovers(run.data, ("valkey", "postgres"))
    settings.current.cache_clear()


@pytest.fixture
def standin() -> Iterator[Standin]:
    with standing_in() as standin:
        yield standin


def kill(run: Run, name: str) -> None:
    pid = run.pids().get(name)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def patient(engine: Engine, statement: str, seconds: float = 60) -> object:
    """The first value, waiting for a database that has just been killed."""
    end = time.monotonic() + seconds
    while True:
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement))
                return result.scalar() if result.returns_rows else None
        except DBAPIError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def flush(data: Path) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            redis.Redis.from_url(embedded.valkey_url(data / "valkey")).flushall()
        except redis.RedisError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


@pytest.mark.parametrize("victims", [ONCE_EACH, AGAIN_AND_AGAIN], ids=["once each", "again and again"])
def test_nobody_is_lost_and_no_code_is_given_twice(run: Run, standin: Standin, victims: tuple[str, ...]) -> None:
    engine = create_engine(driver_url(embedded.postgres_url(run.data / "postgres")), pool_pre_ping=True)
    with Session(engine) as session:
        box = secrets.encrypt({"api_key": "SG.abcdefgh"})
        connection = a_connection(session, "sendgrid", config={"region": "other", "api": standin.url}, secrets=box, batch=PER_CALL)
        codes_to_segment(session, PEOPLE, connection=connection, mode="mail", parts={**WORDS, "from_email": "hello@maple.example"})
        session.commit()
    dice, in_the_middle = random.Random(), 0

    for name in victims:
        before = standin.count
        end = time.monotonic() + 25
        while standin.count < before + PEOPLE // (len(victims) + 3) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(dice.random() * 0.2)
        in_the_middle += standin.count < PEOPLE
        kill(run, name)
    flush(run.data)
    patient(engine, "INSERT INTO clock_offset (id, shift) VALUES (1, '31 s') ON CONFLICT (id) DO UPDATE SET shift = '31 s'")

    end = time.monotonic() + 150
    while patient(engine, "SELECT status FROM distributions") != "done" and time.monotonic() < end:
        time.sleep(0.5)

    seen = standin.ask("/seen")
    with Session(engine) as session:
        assert session.execute(text("SELECT status FROM distributions")).scalar_one() == "done"
        states = dict(tuple(row) for row in session.execute(text("SELECT state, count(*) FROM deliveries GROUP BY 1")))
        assert set(states) <= {"accepted", "unsure"}
        assert sum(states.values()) == PEOPLE
        assert session.execute(text("SELECT count(*) FROM recipients WHERE state = 'served'")).scalar_one() == PEOPLE
        given = session.execute(text("SELECT count(*), count(DISTINCT voucher_id), count(DISTINCT customer_id) FROM publications")).one()
        assert given == (PEOPLE, PEOPLE, PEOPLE)
        assert tallies.check(session) == []
        assert ledger.check(session) == []
        theirs = {row[0]: row[1] for row in session.execute(text(
            "SELECT d.address, v.code FROM deliveries d JOIN recipients r ON r.id = d.recipient_id JOIN vouchers v ON v.id = r.voucher_id"
        ))}  # fmt: skip
        accepted = set(session.scalars(text("SELECT address FROM deliveries WHERE state = 'accepted'")))

    times = Counter(address for address, _, _ in seen["messages"])
    assert max(times.values()) == 1, "SendGrid does not recognise repetitions: nobody may be written to twice"
    assert accepted <= times.keys(), "whoever counts as accepted was seen by the provider"
    for address, words, _ in seen["messages"]:
        assert CODE.findall(words)[0] == theirs[address]
    assert times.keys() | {a for a in theirs if a not in accepted} == theirs.keys()
    open_calls = seen["begun"] - seen["answered"]
    window = IN_FLIGHT * PER_CALL
    assert states.get("unsure", 0) <= open_calls * PER_CALL + victims.count("worker-bulk") * window, "calls seen open, and one window"
    assert in_the_middle >= len(victims) - 1, "the run was over too early to be disturbed"
    print(f"{PEOPLE} people, {states}, {open_calls} calls seen open")
