"""kill -9 of everything, in the middle of a run, a broker that goes away, peers that hang or fail, and a backup that is put back.

Nobody is lost, no code is given twice, nobody is written to twice, what is not known is said, everybody else goes on, and no log tells of
people. Real processes under the supervisor, which starts again what falls, and peers that write down every message they are given.
`LARGESSE_KILL_PEOPLE` sets how many people the run has, `LARGESSE_KILL_SECONDS` how long the broker is away.
"""

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

import settings
from domain.distributions.control.resume import resume
from domain.distributions.control.stop import stop
from domain.incentives.ledger import check as ledger
from domain.sending.states import tallies
from settings import driver_url
from tests.cast import ANN
from tests.faults.scene import KEY, OTHERS, Broker, Runs, begin, kill, pass_time, patient, until
from tests.faults.standin import FAILING, Standin, standing_in
from tests.workers.processes.test_run import Run
from workers.commands import backup
from workers.processes import children, embedded

pytestmark = [pytest.mark.kill, pytest.mark.slow]

PEOPLE = int(os.environ.get("LARGESSE_KILL_PEOPLE", "4000"))
AWAY = float(os.environ.get("LARGESSE_KILL_SECONDS", "4"))
FEW, FEW_A_CALL = 80, 2
PER_CALL = 100
IN_FLIGHT = 4
ONCE_EACH = ("worker-bulk", "clock", "web", "postgres", "worker-trigger", "valkey")
AGAIN_AND_AGAIN = ("worker-bulk", "clock", "postgres", "worker-bulk", "valkey", "postgres", "worker-bulk")
CODE = re.compile(r"AUTUMN-[A-Z0-9]{8}")


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("valkey"))
    yield broker
    broker.end()


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    run = Run(tmp_path_factory.mktemp("kill"))
    more = {"LARGESSE_ALLOW_PRIVATE": "127.0.0.0/8", "LARGESSE_RESTART_AFTER": "5", "LARGESSE_CALL_SECONDS": "2"}
    run.ready(BROKER_URL=broker.url, LARGESSE_LOG_LEVEL="DEBUG", **more)
    assert run.healthy()
    monkeypatch.setenv("LARGESSE_SECRET_KEYS", (run.data / "secret_keys").read_text().strip())
    monkeypatch.setenv("LARGESSE_DATA", str(run.data))
    monkeypatch.setenv("DATABASE_URL", embedded.postgres_url(run.data / "postgres"))
    settings.current.cache_clear()
    yield run
    for process in run.started:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except Exception:
            process.kill()
            process.wait()
    children.end_leftovers(run.data, ("postgres",))
    settings.current.cache_clear()


@pytest.fixture
def standin() -> Iterator[Standin]:
    with standing_in(takes=0.2) as standin:
        yield standin


@pytest.mark.parametrize(
    ("victims", "people", "away"),
    [
        pytest.param(ONCE_EACH, PEOPLE, AWAY, id="once each"),
        pytest.param(AGAIN_AND_AGAIN, 10 * PEOPLE, 15 * AWAY, id="again and again", marks=pytest.mark.long),
    ],
)
def test_nobody_is_lost_and_no_code_is_given_twice(
    run: Run, broker: Broker, standin: Standin, tmp_path: Path, victims: tuple[str, ...], people: int, away: float
) -> None:
    engine = create_engine(driver_url(settings.current().database_url), pool_pre_ping=True)
    runs = begin(engine, standin, people, FEW, (PER_CALL, FEW_A_CALL))
    dice, in_the_middle, older = random.Random(), 0, tmp_path / "older.dump"

    for name in victims:
        before, end = standin.count, time.monotonic() + 25
        while standin.count < before + people // (len(victims) + 3) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(dice.random() * 0.2)
        in_the_middle += standin.count < people
        if not older.exists():
            backup.save(older)
        if name == "valkey":
            broker.gone_for(away)
        else:
            kill(run, name)
    broker.flush()
    pass_time(engine, "31 s")
    until(lambda: status(engine, runs.sound) == "done", "the run to the sound peer is done, whatever the others do")

    assert in_the_middle >= len(victims) - 2, "the run was over too early to be disturbed"
    seen = standin.ask("/seen")
    nobody_is_lost(engine, runs, seen, people, victims)
    those_in_trouble_are_told_of(engine, runs, standin, victims)
    a_backup_put_back_writes_to_nobody_twice(engine, runs, standin, older)
    nothing_of_people_is_logged(run.data)


def status(engine: Engine, id: object) -> str:
    return str(patient(engine, "SELECT status FROM distributions WHERE id = :id", id=id))


def nobody_is_lost(engine: Engine, runs: Runs, seen: dict[str, Any], people: int, victims: tuple[str, ...]) -> None:
    mine = {"id": runs.sound}
    with Session(engine) as session:
        counts = text("SELECT state, count(*) FROM deliveries WHERE distribution_id = :id GROUP BY 1")
        states = dict(tuple(row) for row in session.execute(counts, mine))
        assert set(states) <= {"accepted", "unsure"}
        assert sum(states.values()) == people
        served = text("SELECT count(*) FROM recipients WHERE state = 'served' AND distribution_id = :id")
        assert session.execute(served, mine).scalar_one() == people
        every = "SELECT count(*), count(DISTINCT voucher_id) FROM publications"
        given, different = session.execute(text(every)).one()
        assert given == different >= people
        assert tallies.check(session) == []
        assert ledger.check(session) == []
        theirs = {row[0]: row[1] for row in session.execute(text(
            "SELECT d.address, v.code FROM deliveries d JOIN recipients r ON r.id = d.recipient_id JOIN vouchers v ON v.id = r.voucher_id "
            "WHERE d.distribution_id = :id"
        ), mine)}  # fmt: skip
        accepted = set(session.scalars(text("SELECT address FROM deliveries WHERE state = 'accepted' AND distribution_id = :id"), mine))

    times = Counter(address for address, _, _ in seen["messages"])
    assert max(times.values()) == 1, "SendGrid does not recognise repetitions: nobody may be written to twice"
    assert accepted <= times.keys(), "whoever counts as accepted was seen by the provider"
    for address, words, _ in seen["messages"]:
        assert CODE.findall(words)[0] == theirs[address]
    assert times.keys() | {a for a in theirs if a not in accepted} == theirs.keys()
    open_calls = seen["begun"] - seen["answered"]
    window = IN_FLIGHT * PER_CALL
    assert states.get("unsure", 0) <= open_calls * PER_CALL + victims.count("worker-bulk") * window, "calls seen open, and one window"
    print(f"{people} people, {states}, {open_calls} calls seen open; {seen['asked']}")


def those_in_trouble_are_told_of(engine: Engine, runs: Runs, standin: Standin, victims: tuple[str, ...]) -> None:
    """Nobody of theirs is lost either: they wait, or are in doubt; there is a notice; and the peer was spared."""
    told = "SELECT count(*) FROM notices WHERE kind = 'failing' AND resolved_at IS NULL"
    until(lambda: patient(engine, told) == len(OTHERS), "each peer in trouble is told of")
    asked = standin.ask("/count")["asked"]
    for name, id in runs.others.items():
        assert patient(engine, "SELECT count(*) FROM recipients WHERE distribution_id = :id", id=id) == FEW, name
        assert status(engine, id) == "sending", f"{name}: the others of it wait"
        assert asked[name] <= IN_FLIGHT * (2 + victims.count("worker-bulk")), f"{name} was asked again and again"
    doubts = "SELECT count(*) FROM deliveries WHERE state = 'unsure' AND distribution_id = :id"
    assert 0 < patient(engine, doubts, id=runs.others[FAILING]) <= FEW_A_CALL * asked[FAILING], "a 500 leaves doubts, and they are shown"


def a_backup_put_back_writes_to_nobody_twice(engine: Engine, runs: Runs, standin: Standin, older: Path) -> None:
    """Everything is held until a person has looked; they stop what was sent already, and let go on what never left."""
    backup.restore(older)
    engine.dispose()
    before = standin.ask("/count")
    assert {status(engine, id) for id in (runs.sound, *runs.others.values())} == {"paused"}
    standin.mend()
    mark = "SELECT last_seen_at FROM project"
    for _ in range(2):
        seen_at = patient(engine, mark)
        until(lambda since=seen_at: patient(engine, mark) != since, "the clock ticks on the backup")
    assert standin.ask("/count") == before, "nobody is written to before a person has looked"

    with Session(engine) as session:
        assert session.execute(text("SELECT count(*) FROM notices WHERE kind = 'late' AND resolved_at IS NULL")).scalar_one() == 4
        stop(session, runs.sound, ANN)
        for id in runs.others.values():
            assert resume(session, id, ANN) == []
        session.commit()
    pass_time(engine, "31 minutes")
    until(lambda: all(status(engine, id) == "done" for id in runs.others.values()), "those whose peers answer again go on")
    waits = "SELECT count(*) FROM recipients WHERE waits"
    until(lambda: patient(engine, waits) == 0, "what was stopped is swept")

    seen = standin.ask("/seen")
    assert max(Counter(address for address, _, _ in seen["messages"]).values()) == 1
    codes = {message: CODE.findall(words)[0] for took in seen["others"].values() for _, words, message in took}
    assert len(set(codes.values())) == len(codes), "one code, one message"
    with Session(engine) as session:
        assert ledger.check(session) == []
        assert tallies.check(session) == []


def nothing_of_people_is_logged(data: Path) -> None:
    """Every log of every process, at its most talkative."""
    word = (data / "secret_keys").read_text().strip()
    secret = re.compile(rf"[\w.+-]+@[\w-]+\.[a-z]|AUTUMN-|{re.escape(KEY)}|whsec_|hidden-word|secretKey|{re.escape(word)}|Dina ")
    files = sorted((data / "log").glob("*.log*"))

    assert {"web.log", "worker-bulk.log", "worker-trigger.log", "clock.log", "postgres.log"} <= {file.name for file in files}
    found = [f"{file.name}: {line}" for file in files for line in file.read_text(errors="replace").splitlines() if secret.search(line)]
    assert found == []
