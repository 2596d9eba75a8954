"""Work that may wait for a peer holds no thread that takes nudges."""

import threading
from collections.abc import Iterator

import pytest

from workers.queue import apart


@pytest.fixture(autouse=True)
def going() -> Iterator[None]:
    yield
    apart.stopping.clear()


def test_whoever_begins_it_goes_on_at_once_and_an_end_is_waited_for() -> None:
    over, done = threading.Event(), []

    def work(name: str, subject: str, lane: str) -> None:
        over.wait(5)
        done.append((name, subject, lane))

    assert apart.begin(work, "distribution", "one", "bulk")
    assert done == []
    over.set()
    apart.stop(5)

    assert done == [("distribution", "one", "bulk")]
    assert not apart.begin(work, "distribution", "two", "bulk"), "nothing is begun any more"


def test_there_is_room_for_so_many_and_the_clock_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MOST", 1)
    over = threading.Event()

    def work(name: str, subject: str, lane: str) -> None:
        over.wait(5)

    assert apart.begin(work, "letters", "", "trigger")
    assert not apart.begin(work, "polls", "", "bulk")
    over.set()
    apart.stop(5)
    apart.stopping.clear()
    assert apart.begin(work, "polls", "", "bulk")
    apart.stop(5)
