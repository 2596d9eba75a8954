"""A task that is slow, waits for a lock or breaks keeps no other from its time; and doctor names it."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

import settings
from domain.tables.workspace import current_project
from tests.workers.house import House
from workers import session as sessions
from workers.clock.loop import Clock
from workers.clock.tasks import Task
from workers.commands import doctor
from workers.session import transaction

RAN: dict[str, list[float]] = {}
END = threading.Event()


def ran(key: str) -> None:
    RAN.setdefault(key, []).append(time.monotonic())


def sleeping(session: Session) -> None:
    session.execute(text("SELECT 1"))
    ran("sleeping")
    END.wait(60)


def breaking(session: Session) -> None:
    ran("breaking")
    raise ValueError("it is broken")


def waiting_for_a_lock(session: Session) -> None:
    ran("waiting")
    session.execute(text("UPDATE project SET brand = brand WHERE id = 1"))


def neighbour(session: Session) -> None:
    ran("neighbour")


def cut_off(session: Session) -> None:
    ran("cut off")
    session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def with_more(session: Session) -> bool:
    ran("with more")
    return len(RAN["with more"]) < 3


def row(key: str, does: Callable[[Session], object], every: float = 0.6, **more: object) -> Task:
    return Task(f"test.{key}", every, run=f"{__name__}:{does.__name__}", **more)


def look_until(clock: Clock, seen: Callable[[], bool]) -> None:
    """Tick as `run` does, at most half as long as a sleeper sleeps."""
    end = time.monotonic() + 55
    while not seen():
        assert time.monotonic() < end
        clock.tick()
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    RAN.clear()
    END.clear()
    yield
    END.set()


@pytest.fixture
def locked(house: House) -> Iterator[None]:
    """Somebody holds the row of the project."""
    with transaction() as session:
        current_project(session)
    with sessions.engine().connect() as other:
        other.execute(text("SELECT FROM project WHERE id = 1 FOR UPDATE"))
        yield
        other.rollback()


def test_a_slow_a_broken_and_a_locked_task_keep_no_neighbour_from_its_time(house: House, locked: None) -> None:
    clock = Clock([
        row("sleeping", sleeping), row("breaking", breaking), row("waiting", waiting_for_a_lock, limit=0.5), row("neighbour", neighbour),
    ])  # fmt: skip

    look_until(clock, lambda: len(RAN.get("neighbour", ())) >= 20 and "test.waiting" in clock.failures)

    assert "test.sleeping" in clock.going, "sleeps still"
    assert len(RAN["sleeping"]) == 1, "is not begun again while it runs"
    assert len(RAN["breaking"]) < 5, "is asked again ever more seldom"
    assert len(RAN["waiting"]) < 5, "gives its connection back after its limit, and is asked again ever more seldom"
    END.set()
    clock.wait(10)


def test_doctor_names_what_broke_by_its_key_until_it_does_well(house: House, locked: None) -> None:
    broken = row("changing", breaking)
    waiting = row("waiting", waiting_for_a_lock, limit=0.2)
    clock = Clock([broken, waiting], moment=10)
    clock.tick()

    with transaction() as session:
        told = doctor.clock_tasks(session)
    assert [line.split()[0] for line in told] == ["test.changing", "test.waiting"]
    assert told[0].endswith(": ValueError.")
    assert told[1].endswith(": QueryCanceled.")

    another = Clock([row("changing", neighbour)], moment=10)
    clock.step_down()
    another.tick()
    with transaction() as session:
        assert [line.split()[0] for line in doctor.clock_tasks(session)] == ["test.waiting"]


def test_a_task_with_more_to_do_runs_again_at_the_next_look_also_under_another_leader(house: House) -> None:
    hourly = [row("with_more", with_more, every=3600)]
    first, second = Clock(hourly, moment=10), Clock(hourly, moment=10)

    first.tick()
    first.tick()
    first.step_down()
    second.tick()
    second.due.clear()
    second.tick()

    assert len(RAN["with more"]) == 3, "the third said that nothing is left, so the fourth is an hour away"


def test_a_task_waits_for_the_one_that_must_have_done_well(house: House) -> None:
    clock = Clock([row("breaking", breaking), row("neighbour", neighbour, after="test.breaking")], moment=10)
    clock.tick()

    assert "neighbour" not in RAN

    clock.did_well.add("test.breaking")
    clock.tick()
    assert len(RAN["neighbour"]) == 1


def test_as_many_tasks_as_there_are_connections_are_under_way_and_the_lease_has_one_of_its_own(house: House) -> None:
    many = [row(f"sleeping_{'abcdefghijklmnop'[n]}", sleeping) for n in range(16)]
    clock = Clock(many, moment=0.01)

    look_until(clock, lambda: len(RAN.get("sleeping", ())) == settings.CALL_THREADS)
    clock.tick()

    assert len(RAN["sleeping"]) == settings.CALL_THREADS
    clock.led_until = 0.0
    assert clock.tick(), "still leads"
    END.set()
    clock.wait(10)


def test_a_task_that_holds_its_transaction_idle_loses_it(house: House) -> None:
    clock = Clock([row("sleeping", sleeping, limit=0.3)], moment=0.01)

    def held() -> int:
        with transaction() as session:
            idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
            return int(session.execute(text(idle)).scalar_one())

    look_until(clock, lambda: "sleeping" in RAN and not held())

    assert "test.sleeping" in clock.going, "sleeps still"
    END.set()
    clock.wait(5)


def test_a_database_that_is_away_is_no_fault_of_a_task(house: House) -> None:
    clock = Clock([row("cut_off", cut_off, every=0.5)], moment=10)
    clock.tick()
    clock.tick()

    assert len(RAN["cut off"]) == 2, "is asked again at its own time, not ever more seldom"
    with transaction() as session:
        assert doctor.clock_tasks(session) == []
