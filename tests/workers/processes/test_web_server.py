"""The web server, over real sockets: whoever sends slowly or reads slowly costs no thread, and what is no request is answered in JSON."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.journeys.installation import ROOT, end_with_us
from tests.sink import free_port
from tests.webapp.conftest import _app, app  # noqa: F401 - fixtures, asked for by name
from webapp.api.door import no_request
from workers.processes import web_server
from workers.processes.web_server import LINE, WebServer, listen

LARGE = 8_000_000
"""Bytes: more than the buffers of a connection on loopback hold."""
HELD = 60


def beside(pages: Any) -> Callable[..., Iterable[bytes]]:
    """The pages, and beside them an address with a large answer, one that counts what was sent, and one that takes half a second."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/large":
                body = b"x" * LARGE
            case "/count":
                body = b"%d" % len(environ["wsgi.input"].read())
            case "/slow":
                time.sleep(0.5)
                body = b"done"
            case _:
                return pages(environ, start_response)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return application


@contextmanager
def served(pages: Any, threads: int = 2) -> Iterator[WebServer]:
    """A server of these pages, on `effective_port`."""
    listening, over = listen("127.0.0.1", 0), threading.Event()
    server = WebServer(beside(pages), listening, threads, no_request.answer)
    thread = threading.Thread(target=server.serve, args=(over.is_set,))
    thread.start()
    try:
        yield server
    finally:
        over.set()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def port(app: Flask) -> Iterator[int]:  # noqa: F811 - a fixture
    with served(app) as server:
        yield int(server.effective_port)


def connected(port: int, said: bytes, **options: int) -> socket.socket:
    peer = socket.socket()
    if "reads" in options:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options["reads"])
    peer.settimeout(20)
    peer.connect(("127.0.0.1", port))
    peer.sendall(said)
    return peer


def got(port: int, path: str) -> tuple[int, bytes]:
    peer = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        peer.request("GET", path)
        answer = peer.getresponse()
        return answer.status, answer.read()
    finally:
        peer.close()


def whole(peer: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """What a raw connection was answered: status, headers, body."""
    answer = http.client.HTTPResponse(peer)
    answer.begin()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def test_sixty_half_sent_posts_and_sixty_half_read_answers_leave_the_sign_in_page_as_it_was(port: int) -> None:
    posts = [connected(port, b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000) for _ in range(HELD)]
    headers = [connected(port, b"GET /sign-in HTTP/1.1\r\nHo") for _ in range(HELD)]
    readers = [connected(port, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", reads=4096) for _ in range(HELD)]
    for reader in readers:
        assert reader.recv(12) == b"HTTP/1.1 200"

    status, page = got(port, "/sign-in")

    assert (status, b"<form" in page) == (200, True)
    posts[0].sendall(b"x" * 99_000)
    assert whole(posts[0])[2] == b"100000", "and whoever goes on in the end is answered"
    for peer in (*posts, *headers, *readers):
        peer.close()


def test_a_body_is_counted_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "BODY", 100_001)
    with served(None) as server:
        port = int(server.effective_port)
        chunk = b"%x\r\n" % 60_000 + b"x" * 60_000 + b"\r\n"
        head = b"POST /count HTTP/1.1\r\nHost: a\r\n"
        chunked = connected(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk)
        said = connected(port, head + b"Content-Length: 100001\r\n\r\n")
        exact = connected(port, head + b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000)

        assert [whole(one)[0] for one in (chunked, said, exact)] == [413, 413, 200]


def test_more_bodies_at_once_than_are_kept_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "WAITING", 1_000_000)
    with served(None) as server:
        port = int(server.effective_port)
        head = b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n"
        first = connected(port, head + b"x" * 900_000)
        _until(lambda: server.waiting() == 900_000)
        second = connected(port, head + b"x" * 300_000)

        status, _, body = whole(second)

        assert (status, json.loads(body)["code"]) == (503, 503)
        first.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"x" * LINE + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET /" + b"x" * (LINE + 100_000), 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (LINE + 100_000) + b"\r\n\r\n", 431),
        (b"nonsense\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
    ids=["line", "endless line", "headers", "nonsense", "encoding", "chunk"],
)
def test_what_never_became_a_request_is_answered_in_json(port: int, sent: bytes, status: int) -> None:
    told, headers, body = whole(connected(port, sent))

    assert (told, headers["content-type"], headers["connection"]) == (status, "application/json", "close")
    assert json.loads(body)["code"] == status


def test_a_filter_of_a_hundred_kilobytes_is_read(port: int) -> None:
    status, _ = got(port, "/healthz?ids=" + "x" * 100_000)
    assert status == 200


def test_head_has_no_body_and_the_length_of_the_page(port: int) -> None:
    peer = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    peer.request("HEAD", "/sign-in")
    answer = peer.getresponse()

    assert (answer.status, answer.read()) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 500
    peer.close()


def test_nobody_moves_the_paths_of_an_answer(port: int) -> None:
    peer = connected(
        port, b"GET /campaigns HTTP/1.1\r\nHost: a\r\nScript-Name: /evil\r\nSCRIPT_NAME: /evil\r\nX-Forwarded-Host: evil\r\n\r\n"
    )
    assert b"evil" not in str(whole(peer)).encode()


def test_what_is_dripped_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "HEADERS_WITHIN", 0)
    monkeypatch.setattr(web_server.WebServer, "next_channel_cleanup", 0)
    with served(None) as server:
        peer = connected(int(server.effective_port), b"GET / HTTP/1.1\r\n")

        assert peer.recv(1) == b"", "the connection ends"


SLOW = """
import os, pathlib, time, flask, wsgi

def slow():
    time.sleep(1)
    return "done"

def begun():
    if flask.request.path == "/slow":
        pathlib.Path(os.environ["LARGESSE_DATA"], "begun").touch()

slow.public = True
wsgi.app.add_url_rule("/slow", "slow", slow)
wsgi.app.before_request_funcs.setdefault(None, []).insert(0, begun)
wsgi.serve()
"""
"""The application with a page that takes a second, and leaves a file when somebody began to ask for it."""


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_a_stop_finishes_what_was_asked_and_a_fallen_process_is_replaced(database_url: str, tmp_path: Path, processes: int) -> None:
    port = free_port()
    given = {**os.environ, "DATABASE_URL": database_url, "BROKER_URL": "stub://", "LARGESSE_DATA": str(tmp_path), "PORT": str(port)}
    given |= {"LARGESSE_WEB_WORKERS": str(processes), "LARGESSE_SECRET_KEYS": "k" * 40}
    process = subprocess.Popen((sys.executable, "-c", SLOW), env=given, cwd=ROOT, preexec_fn=end_with_us)
    try:
        _until(lambda: got(port, "/healthz")[0] == 200)
        for child in _children(process.pid):
            os.kill(child, signal.SIGKILL)
        _until(lambda: got(port, "/healthz")[0] == 200 and len(_children(process.pid)) == (processes if processes > 1 else 0))
        asked = connected(port, b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        _until((tmp_path / "begun").exists)

        process.terminate()

        assert whole(asked)[0] in {200, 302, 303}
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        assert time.monotonic() < end
        time.sleep(0.1)
