"""Whether every thread that may work with the database at once has a connection, and the server takes all of them."""

import threading

import settings
from tests.workers.house import House
from webapp import create_app
from workers.processes import tuning
from workers.session import transaction

GB = tuning.GB


def test_every_thread_of_a_worker_that_is_at_the_database_holds_a_connection_at_the_same_time(house: House) -> None:
    now = settings.current()
    threads = now.worker_threads + settings.CALL_THREADS + settings.LEASE_THREADS
    together = threading.Barrier(threads, timeout=20)
    held = []

    def work() -> None:
        with transaction() as session:
            session.connection()
            together.wait()
            held.append(session)

    all_ = [threading.Thread(target=work) for _ in range(threads)]
    for thread in all_:
        thread.start()
    for thread in all_:
        thread.join(30)

    assert len(held) == threads


def test_a_web_process_has_a_connection_for_each_of_its_threads(own_database: str) -> None:
    pool = create_app().config["SQLALCHEMY_ENGINE_OPTIONS"]

    assert pool["pool_size"] >= settings.current().web_threads
    assert pool["max_overflow"] == 0, "or the embedded server is asked for more than it was told of"


def test_the_embedded_server_takes_what_all_processes_may_ask_for() -> None:
    now = settings.Settings(web_threads=40, web_workers=3, worker_threads=16)
    told = tuning.tuned(8 * GB, 4, 100 * GB, tuning.connections(now))

    assert int(told["max_connections"]) >= 3 * 42 + 3 * (16 + 8 + 1 + 2) + 3


def test_the_embedded_server_is_told_what_the_machine_has() -> None:
    small, large = tuning.tuned(GB, 1, 4 * GB, 60), tuning.tuned(32 * GB, 8, 500 * GB, 60)

    assert (small["shared_buffers"], large["shared_buffers"]) == ("128MB", "2048MB")
    assert (small["max_wal_size"], large["max_wal_size"]) == ("512MB", "4096MB")
    assert (small["work_mem"], large["work_mem"]) == ("4MB", "25MB")
    assert (small["max_parallel_workers_per_gather"], large["max_parallel_workers_per_gather"]) == ("0", "4")
