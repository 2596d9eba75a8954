"""A peer on loopback that answers what a test tells it to: real sockets, so that cuts and silence are real."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.integrations.replies import Reply, Seen


@dataclass
class Peer:
    url: str
    port: int
    server: ThreadingHTTPServer
    seen: list[Seen] = field(default_factory=list)

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)


@contextlib.contextmanager
def answering(answer: Callable[[Seen], Reply]) -> Iterator[Peer]:
    """A peer that answers every request by `answer`."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("content-length", 0))
            seen = Seen(
                self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length), self.client_address[1]
            )
            peer.seen.append(seen)
            reply = answer(seen)
            if reply == "cut":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            elif reply == "silence":
                stop.wait(5)
                self.close_connection = True
            else:
                status, headers, body = reply
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

        do_GET = do_POST = do_PUT = _any  # noqa: N815 - the name the server calls

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    port = server.server_address[1]
    peer = Peer(f"http://127.0.0.1:{port}", port, server)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
