"""A worker that is asked to end finishes its calls, gives back what it holds, and leaves no doubt behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from sqlalchemy import text

from tests.journeys.installation import ROOT, end_with_us
from tests.sending import a_connection, codes_to_segment, states
from tests.workers.house import House
from workers.sending.run_distribution import Run

PEOPLE = 1500


def held(house: House) -> tuple[int, int]:
    """Claims that are left, and deliveries that somebody still holds or nobody knows about."""
    with house.session() as session:
        claims = session.execute(text("SELECT count(*) FROM delivery_claims")).scalar_one()
        doubtful = "SELECT count(*) FROM deliveries WHERE state IN ('leased', 'open', 'unsure')"
        return int(claims), int(session.execute(text(doubtful)).scalar_one())


@pytest.mark.parametrize("after", [0.0, 0.3, 0.8])
def test_a_run_that_is_stopped_holds_nothing_and_another_goes_on(house: House, after: float) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=PEOPLE)
    stop = threading.Event()
    threading.Timer(after, stop.set).start()

    Run(distribution.id, "bulk", stop).go()

    assert held(house) == (0, 0)
    for _ in range(3):
        house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"accepted": PEOPLE}
        assert session.execute(text("SELECT count(DISTINCT customer_id) FROM publications")).scalar_one() == PEOPLE


class Slow(BaseHTTPRequestHandler):
    """A shop that answers nobody before the worker was asked to end, and counts what it took."""

    taken: ClassVar[list[float]] = []
    asked_to_end = threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Slow.taken.append(time.monotonic())
        Slow.asked_to_end.wait(40)
        time.sleep(0.05)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.slow
def test_a_worker_process_ends_within_its_grace_and_every_call_it_began_is_written_down(
    house: House, broker_url: str, own_database: str
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = {"url": f"http://127.0.0.1:{server.server_port}/hook", "headers": ""}
    with house.session() as session:
        shop = a_connection(session, "webhook", config=config)
        distribution = codes_to_segment(session, people=PEOPLE, connection=shop, mode="webhook", parts={})
    environment = {**os.environ, "DATABASE_URL": own_database, "BROKER_URL": broker_url}
    words = (sys.executable, "-m", "largesse", "worker", "--lane", "bulk")
    worker = subprocess.Popen(words, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=end_with_us)
    clock = subprocess.Popen((*words[:3], "clock"), env=environment, cwd=ROOT, stderr=subprocess.DEVNULL, preexec_fn=end_with_us)
    try:
        end = time.monotonic() + 180
        while not Slow.taken and time.monotonic() < end:
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        Slow.asked_to_end.set()
        assert worker.wait(120) == 0
    finally:
        for process in (worker, clock):
            process.kill()
            process.wait()
        server.shutdown()

    assert 0 < len(Slow.taken) < PEOPLE, "it was stopped in the middle"
    assert held(house) == (0, 0)
    with house.session() as session:
        assert states(session, distribution).get("accepted", 0) == len(Slow.taken)
