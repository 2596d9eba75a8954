"""The door of receipts, against a bare endpoint that inserts one row a post: same server, same database, same posts."""

import base64
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask, request
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

import settings
from bench.compare import RUNS, Comparison, compare
from bench.cost import Cost, Watched
from bench.installation import ROOT, postmaster, servers
from domain.connections import edit
from domain.kernel.actor import SYSTEM
from settings import driver_url
from tests.sending import a_project
from tests.sink import free_port

SENDERS = 16
"""Connections that post at once, as a provider keeps them."""


def bare() -> None:
    """Serve the floor: one row a post, committed; nothing is asked or checked."""
    from webapp.api.door import no_request
    from workers.processes import web_processes

    app = Flask("bare")
    now = settings.current()
    engine = create_engine(driver_url(now.database_url), pool_size=now.web_threads)

    @app.post("/receipts/<word>")
    def take(word: str) -> str:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO bare_posts (body) VALUES (:body)"), {"body": request.get_data()})
        return ""

    web_processes.serve(app, no_request.answer)


def receipts(posts: int, runs: int = RUNS) -> Comparison:
    """Print posts a second of the door and of the floor, and what was answered."""
    with servers() as (where, url, engine):
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        with Session(engine) as session:
            a_project(session)
            values = {"api_key": "SG.of-the-bench", "region": "global", "verification_key": base64.b64encode(public).decode()}
            connection = edit.create(session, SYSTEM, "sendgrid", "Bench", values)[0]
            session.execute(text("CREATE TABLE bare_posts (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), body bytea)"))
            session.commit()
            path = f"/receipts/{connection.receipt_word}"
        watched, answers = Watched(engine, postmaster(where)), Counter[int]()

        def measured(words: str) -> Cost:
            sent = _posts(key, posts)
            with served(url, words) as (port, pid):
                watched.ours = [pid]
                with watched.stretch() as cost:
                    answers.update(_measure(port, path, sent))
            return cost

        bare_door, door = "from bench import receipts; receipts.bare()", "import wsgi; wsgi.serve()"
        made = compare("receipts", posts, lambda: measured(bare_door), lambda: measured(door), runs)
        with Session(engine) as session:
            kept = session.execute(text("SELECT count(*) FROM raw_receipts")).scalar_one()
        print(f"  {kept:,} kept, answers {dict(answers)}", flush=True)
        return made


def _posts(key: ec.EllipticCurvePrivateKey, number: int) -> list[tuple[bytes, dict[str, str]]]:
    stamp, run = str(int(time.time())), uuid.uuid4().hex[:8]
    made = []
    for n in range(number):
        event = {
            "event": "delivered",
            "email": f"person{n}@example.com",
            "timestamp": int(stamp),
            "sg_event_id": f"event-{run}-{n}",
            "sg_message_id": f"m{run}-{n}",
        }
        body = json.dumps([event]).encode()
        signature = base64.b64encode(key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
        headers = {"x-twilio-email-event-webhook-signature": signature, "x-twilio-email-event-webhook-timestamp": stamp}
        made.append((body, headers | {"Content-Type": "application/json"}))
    return made


@contextlib.contextmanager
def served(url: str, words: str) -> Iterator[tuple[int, int]]:
    """The port and the process of a web server that is started by these words of Python."""
    port = free_port()
    given = {**os.environ, "DATABASE_URL": url, "BROKER_URL": "stub://", "PORT": str(port)}
    process = subprocess.Popen((sys.executable, "-c", words), env=given, cwd=ROOT)
    try:
        while True:
            with contextlib.suppress(OSError):
                http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/")
                break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _measure(port: int, path: str, posts: list[tuple[bytes, dict[str, str]]]) -> Counter[int]:
    said: Counter[int] = Counter()
    lock = threading.Lock()

    def send(some: list[tuple[bytes, dict[str, str]]]) -> None:
        peer = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        mine: Counter[int] = Counter()
        for body, headers in some:
            peer.request("POST", path, body, headers)
            answer: Any = peer.getresponse()
            answer.read()
            mine[answer.status] += 1
        with lock:
            said.update(mine)

    threads = [threading.Thread(target=send, args=(posts[n::SENDERS],)) for n in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said
