"""The door of receipts, against a bare endpoint that inserts one row a post: same server, same database, same posts."""

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask, request
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

import settings
from bench.sending import KEY, ROOT, _migrate
from domain.connections import edit
from domain.kernel.actor import SYSTEM
from settings import driver_url
from tests.sending import a_project
from tests.sink import free_port
from workers.processes import embedded

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


def run(posts: int) -> None:
    """Print posts a second of the door and of the floor, their ratio, and what was refused."""
    where = Path(tempfile.mkdtemp(prefix="largesse-bench-", dir="/tmp"))
    where.chmod(0o755)
    url = embedded.start_postgres(where, "-c max_connections=60")
    try:
        engine = create_engine(driver_url(url))
        _migrate(engine)
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        with Session(engine) as session:
            a_project(session)
            values = {"api_key": "SG.of-the-bench", "region": "global", "verification_key": base64.b64encode(public).decode()}
            connection = edit.create(session, SYSTEM, "sendgrid", "Bench", values)[0]
            session.execute(text("CREATE TABLE bare_posts (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), body bytea)"))
            session.commit()
            path = f"/receipts/{connection.receipt_word}"
        sent = _posts(key, posts)
        with _served(url, "import wsgi; wsgi.serve()") as port:
            ours, said = _measure(port, path, sent)
        with _served(url, "from bench import receipts; receipts.bare()") as port:
            floor, _ = _measure(port, path, sent)
        with Session(engine) as session:
            kept = session.execute(text("SELECT count(*) FROM raw_receipts")).scalar_one()
        print(
            f"receipts: {posts:,} signed posts, {ours:,.0f} a second, {kept:,} kept, answers {dict(said)}; "
            f"floor {floor:,.0f} a second; ratio {ours / floor:.2f}",
            flush=True,
        )
    finally:
        embedded.stop_postgres(where)
        shutil.rmtree(where, ignore_errors=True)


def _posts(key: ec.EllipticCurvePrivateKey, number: int) -> list[tuple[bytes, dict[str, str]]]:
    stamp = str(int(time.time()))
    made = []
    for n in range(number):
        event = {
            "event": "delivered",
            "email": f"person{n}@example.com",
            "timestamp": int(stamp),
            "sg_event_id": f"event-{n}",
            "sg_message_id": f"m{n}",
        }
        body = json.dumps([event]).encode()
        signature = base64.b64encode(key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
        headers = {"x-twilio-email-event-webhook-signature": signature, "x-twilio-email-event-webhook-timestamp": stamp}
        made.append((body, headers | {"Content-Type": "application/json"}))
    return made


@contextlib.contextmanager
def _served(url: str, words: str) -> Iterator[int]:
    port = free_port()
    given = {**os.environ, "DATABASE_URL": url, "BROKER_URL": "stub://", "LARGESSE_SECRET_KEYS": KEY, "PORT": str(port)}
    process = subprocess.Popen((sys.executable, "-c", words), env=given, cwd=ROOT)
    try:
        while True:
            with contextlib.suppress(OSError):
                http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/")
                break
            time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _measure(port: int, path: str, posts: list[tuple[bytes, dict[str, str]]]) -> tuple[float, Counter[int]]:
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
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(posts) / (time.monotonic() - began), said
