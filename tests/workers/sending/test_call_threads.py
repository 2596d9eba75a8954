"""Threads that wait for peers: none takes more than its share."""

import threading
import uuid

from integrations import catalogue
from workers.sending.call_threads import CallThreads, call_threads


def test_a_connection_has_as_many_threads_as_its_provider_allows_and_never_more_than_half() -> None:
    threads, over = CallThreads(8), threading.Event()
    greedy, modest, other = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    begun = [threads.start(greedy, 20, over.wait) for _ in range(6)] + [threads.start(modest, 2, over.wait) for _ in range(3)]
    late = threads.start(other, 4, over.wait), threads.start(other, 4, over.wait), threads.start(other, 4, over.wait)
    over.set()

    assert [one is not None for one in begun] == [True] * 4 + [False] * 2 + [True] * 2 + [False]
    assert [one is not None for one in late] == [True, True, False], "all eight are busy then"
    for one in (*begun, *late):
        if one is not None:
            one.result(5)
    assert threads.start(greedy, 20, over.wait) is not None


def test_there_are_twice_as_many_as_any_mode_may_be_called_at_once() -> None:
    largest = max(mode.limits.concurrent for provider in catalogue.providers() for mode in provider.modes)
    assert call_threads().count >= 2 * largest
