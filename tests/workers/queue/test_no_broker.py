"""No broker, no halt: a worker that hears nothing looks at rows. And however often it is asked for, work waits in the queue once."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dramatiq
import pytest
import redis
from sqlalchemy import text

import settings
from domain.distributions.control.launch import launch
from domain.kernel import nudges
from domain.kernel.nudges import Nudge, nudge
from tests.cast import ANN
from tests.conftest import ROOT
from tests.scenes import Scene
from tests.sink import free_port
from workers.processes.look_round import Ears, LookRound
from workers.queue import broker, waiting_nudges
from workers.session import transaction

pytestmark = pytest.mark.slow


@pytest.fixture
def start(own_database: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a process of ours with a broker at this address."""
    running: list[subprocess.Popen[bytes]] = []

    def process(broker_url: str, *words: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {"BROKER_URL": broker_url, "DATABASE_URL": own_database, "LARGESSE_DATA": str(tmp_path)}
        log = (tmp_path / f"{words[0]}-{len(running)}.log").open("wb")
        running.append(subprocess.Popen((sys.executable, "-m", "largesse", *words), cwd=ROOT, env=environment, stdout=log, stderr=log))
        return running[-1]

    yield process
    for one in running:
        one.terminate()
    for one in running:
        one.wait(60)


@pytest.fixture
def through(own_database: str, broker_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """Nudges go through a real Valkey."""
    monkeypatch.setenv("BROKER_URL", broker_url)
    settings.current.cache_clear()
    broker.setup()
    yield redis.Redis.from_url(broker_url)
    nudges.deliver_with(None)
    dramatiq.set_broker(dramatiq.brokers.stub.StubBroker())


def launched() -> None:
    """A distribution of one code each to two people, whose time has come."""
    with transaction() as session:
        scenes = Scene(session)
        spec = scenes.codes_to_segment()
        draft = scenes.draft(spec)
        assert not isinstance(launch(session, draft.id, ANN), list)
        session.execute(text("UPDATE distributions SET due_at = now()"))


def until(seen: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_done() -> bool:
    with transaction() as session:
        return session.execute(text("SELECT status FROM distributions")).scalar_one() == "done"


def test_what_is_launched_is_sent_where_no_broker_ever_answers(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    launched()

    start(nowhere, "clock")
    start(nowhere, "worker", "--lane", "bulk")
    start(nowhere, "worker", "--lane", "trigger")

    until(is_done)
    with transaction() as session:
        assert set(session.scalars(text("SELECT state FROM deliveries"))) == {"accepted"}


class Asked(Ears):
    """Ears that count how often they are asked."""

    times = 0

    @property
    def deaf(self) -> bool:
        """As others say it."""
        self.times += 1
        return super().deaf

    def asked_twice(self, seconds: float) -> None:
        """Wait until that happened two more times."""
        enough = self.times + 2
        until(lambda: self.times >= enough, seconds)


def test_a_worker_that_hears_something_does_not_look_and_one_that_hears_nothing_does(own_database: str) -> None:
    done: list[str] = []
    ears = Asked()
    look = LookRound("trigger", ears, do=lambda job, subject, lane: done.append(job))
    stop = threading.Event()
    thread = threading.Thread(target=look.run, args=(stop,))
    launched()
    thread.start()

    until(lambda: "start" in done, 60)
    ears.heard = time.monotonic() + 3600
    ears.asked_twice(60)  # a look that had begun is over by the second time
    until(lambda: not look.under_way, 60)
    done.clear()
    ears.asked_twice(60)

    assert done == []
    stop.set()
    thread.join(60)


def test_a_thousand_nudges_wait_in_the_queue_once_each(through: redis.Redis) -> None:
    for _ in range(500):
        with transaction() as session:
            nudge(session, "distribution", "one")
            nudge(session, "distribution", "another")
    with transaction() as session:
        nudge(session, "distribution", "one", lane="trigger")

    assert through.llen("largesse:bulk") == 2
    assert through.llen("largesse:trigger") == 1


def test_who_asks_while_it_is_being_done_is_heard(through: redis.Redis) -> None:
    own = dramatiq.get_broker()
    began, go_on, times = threading.Event(), threading.Event(), []

    @dramatiq.actor(actor_name="letters", queue_name="bulk", broker=own)
    def letters(subject: str, lane: str) -> None:
        times.append(subject)
        began.set()
        go_on.wait(20)

    broker.send(Nudge("letters"))
    worker = dramatiq.Worker(own, queues={"bulk"}, worker_threads=1, worker_timeout=50)
    worker.start()
    assert began.wait(20)

    for _ in range(10):
        broker.send(Nudge("letters"))
    go_on.set()

    until(lambda: len(times) == 2, 20)
    until(lambda: through.llen("largesse:bulk") == 0, 20)
    time.sleep(0.3)
    worker.stop()
    assert len(times) == 2


def test_a_flushed_broker_or_one_that_lost_a_message_takes_the_next_nudge(through: redis.Redis) -> None:
    broker.send(Nudge("letters"))
    through.flushall()
    broker.send(Nudge("letters"))
    assert through.llen("largesse:bulk") == 1

    through.delete("largesse:bulk", "largesse:bulk.msgs")
    broker.send(Nudge("letters"))
    assert through.llen("largesse:bulk") == 1
    assert through.keys(f"{waiting_nudges.NAMESPACE}:waiting:*") == [b"largesse:waiting:bulk:letters:"]
