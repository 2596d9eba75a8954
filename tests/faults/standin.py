"""The peers of a run: SendGrid, as far as a run needs it, one like it that answers 500, and receivers of webhooks that never answer.

It takes calls, writes down every message it took, and knows which calls were not answered yet. A process of its own, so that it neither
slows a run nor dies with it: `python -m tests.faults.standin <port> <seconds a call takes>`. GET /seen gives everything it saw, as JSON;
POST /mend lets everybody answer from now on.
"""

import contextlib
import json
import select
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.sink import free_port

FAILING, SILENT = "failing", "silent"
_lock = threading.Lock()
_messages: list[list[str]] = []
"""Address, the values of the slots in one text, our id."""
_calls = {"begun": 0, "answered": 0}
"""What was begun and never answered is open: also a call whose caller died before all of it came, or before the answer."""
_others: dict[str, list[list[str]]] = defaultdict(list)
"""Peer -> what it took once it was mended."""
_asked: Counter[str] = Counter()
"""Peer -> how many calls it was given."""
_mended = threading.Event()


def _mails(body: bytes) -> list[list[str]]:
    return [
        [p["to"][0]["email"], "\n".join(p.get("substitutions", {}).values()), p["custom_args"]["largesse_message"]]
        for p in json.loads(body)["personalizations"]
    ]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    takes = 0.05

    def do_POST(self) -> None:
        peer = self.path.split("/")[1]
        if self.path == "/mend":
            _mended.set()
            self._say(200)
        elif peer.startswith((FAILING, SILENT)):
            self._troubled(peer, self.rfile.read(int(self.headers.get("content-length", 0))))
        else:
            self._sound()

    def _sound(self) -> None:
        with _lock:
            _calls["begun"] += 1
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            return
        rows = _mails(body)
        with _lock:
            _messages.extend(rows)
        time.sleep(self.takes)
        if not self._alone() and self._say(202):
            with _lock:
                _calls["answered"] += 1

    def _troubled(self, peer: str, body: bytes) -> None:
        with _lock:
            _asked[peer] += 1
        if not _mended.is_set():
            if peer.startswith(FAILING):
                self._say(500)
            while peer.startswith(SILENT) and not self._alone():
                time.sleep(0.1)
            return
        rows = _mails(body) if peer.startswith(FAILING) else [[peer, body.decode(), self.headers.get("webhook-id", "")]]
        with _lock:
            _others[peer].extend(rows)
        self._say(202)

    def _say(self, status: int) -> bool:
        try:
            self.send_response(status)
            self.send_header("x-message-id", f"standin-{time.monotonic_ns()}")
            self.send_header("content-length", "0")
            self.end_headers()
            self.wfile.flush()
        except OSError:
            return False
        return True

    def _alone(self) -> bool:
        """Whether the caller is gone: a call that nobody waits for any more stays open for ever."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            gone = bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            gone = True
        self.close_connection = self.close_connection or gone
        return gone

    def do_GET(self) -> None:
        with _lock:
            seen = {"messages": _messages, "others": _others} if self.path == "/seen" else {"messages": len(_messages)}
            said = json.dumps(seen | _calls | {"asked": _asked}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        return


@dataclass
class Standin:
    url: str
    pid: int

    def ask(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as reply:
            return dict(json.loads(reply.read()))

    def mend(self) -> None:
        """From now on every peer answers."""
        with urllib.request.urlopen(f"{self.url}/mend", data=b"", timeout=60):
            return

    @property
    def count(self) -> int:
        return int(self.ask("/count")["messages"])


@contextlib.contextmanager
def standing_in(takes: float = 0.05) -> Iterator[Standin]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.faults.standin", str(port), str(takes)])
    peer = Standin(f"http://127.0.0.1:{port}", process.pid)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                peer.ask("/count")
                break
            time.sleep(0.05)
        yield peer
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    Handler.takes = float(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
