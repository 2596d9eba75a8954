"""How are requests taken? Read whole before a thread is given to them; answers are handed over before they are read.

Waitress does the reading and writing in one loop; threads only answer. What it leaves to us is here: limits that hold for all connections
together, ends for what is dripped, answers in JSON to what is no request, and a stop that finishes what was asked.
"""

import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import BadRequest, Error, RequestHeaderFieldsTooLarge

LINE = 256 * 1024
"""Bytes of a request's first line: a filter of the API that names a thousand ids takes 100 kB."""
HEADERS = LINE + 64 * 1024
"""Bytes of the first line and all headers."""
BODY = 256 * 1024 * 1024 + 1
"""Bytes of a body, counted while it is read; each address takes less where the application says so."""
COUNTED_EVERY = 128 * 1024
"""Bytes of one body after which all that are being read are counted together."""
WAITING = 1024 * 1024 * 1024
"""Bytes of all bodies that are being read together, about; whoever comes then is asked to come again. What is large lies in a file."""
CONNECTIONS = 1000
"""Connections at once; others wait to be taken. None of them costs a thread."""
IDLE = 60
"""Seconds without a byte, in either direction, after which a connection ends."""
HEADERS_WITHIN, WHOLE_WITHIN = 30, 600
"""Seconds in which the headers, and the whole of a request, must have come, however it is dripped."""
UNREAD = 1024 * 1024 * 1024
"""Bytes of an answer that wait for their reader before the thread that writes them waits, too."""
GRACE = 15.0
"""Seconds that a stop gives to what is being answered, and to answers being read."""

Refuse = Callable[[int, str, str], bytes]
"""Makes the whole answer to what never became a request, of its status, reason and details."""


class UriTooLong(BadRequest):
    """The first line is longer than ours may be."""

    code, reason = 414, "URI Too Long"


class Busy(Error):
    """More is being sent to us at once than we keep."""

    code, reason = 503, "Service Unavailable"


class IncomingRequest(HTTPRequestParser):
    """A request that is being read."""

    error: Error | None
    completed: bool

    def __init__(self, server: "WebServer") -> None:
        super().__init__(server.adj)
        self._server, self._counted = server, 0
        self.began = time.monotonic()

    def received(self, data: bytes) -> int:
        """Read on; what may not go on is complete with an error."""
        used: int = super().received(data)
        if isinstance(self.error, RequestHeaderFieldsTooLarge) and b"\n" not in self.header_plus.lstrip():
            self.error = UriTooLong(f"The first line may have {LINE // 1024} kB.")
        elif self.error is None and self.headers_finished and len(getattr(self, "first_line", b"")) > LINE:
            self._refuse(UriTooLong(f"The first line may have {LINE // 1024} kB."))
        elif self.body_bytes_received - self._counted >= COUNTED_EVERY and not self.completed:
            self._counted = self.body_bytes_received
            if self._server.waiting() > WAITING:
                self._refuse(Busy("More is being sent here at once than is kept. Try again later."))
        return used

    def _refuse(self, error: Error) -> None:
        self.error, self.completed = error, True

    def overdue(self) -> bool:
        """Whether it has taken longer to come than it may."""
        return time.monotonic() - self.began > (WHOLE_WITHIN if self.headers_finished else HEADERS_WITHIN)


class RefusalTask(ErrorTask):
    """The answer to what never became a request."""

    def execute(self) -> None:
        """Write it in the words of the application, and end the connection."""
        error = self.request.error
        self.channel.write_soon(self.channel.server.refuse(error.code, error.reason, error.body))
        self.wrote_header = True
        self.set_close_on_finish()


class WebConnection(HTTPChannel):
    """One connection."""

    error_task_class = RefusalTask

    def parser_class(self, _adjustments: Adjustments) -> IncomingRequest:
        """The next request of this connection."""
        return IncomingRequest(self.server)

    def busy(self) -> bool:
        """Whether something is being answered, or an answer being read."""
        return bool(self.requests or self.total_outbufs_len)

    def unread(self, now: float) -> bool:
        """Whether its answer waits for a reader who reads nothing."""
        return bool(self.total_outbufs_len) and self.last_activity < now - IDLE


class WebServer(TcpWSGIServer):
    """One process: a loop that reads and writes, and threads that answer."""

    channel_class = WebConnection

    def __init__(self, application: Any, listening: socket.socket, threads: int, refuse: Refuse) -> None:
        self.refuse = refuse
        adjustments = Adjustments(
            sockets=[listening],
            threads=threads,
            ident="Largesse",
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # the application believes proxies as far as LARGESSE_PROXIES says
            log_socket_errors=False,  # people close their browsers
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE,
            cleanup_interval=5,
            recv_bytes=65536,
            max_request_header_size=HEADERS,
            max_request_body_size=BODY,
            outbuf_high_watermark=UNREAD,
        )
        family, kind, protocol, name = listening.family, listening.type, listening.proto, listening.getsockname()
        super().__init__(application, _sock=listening, adj=adjustments, bind_socket=False, sockinfo=(family, kind, protocol, name))

    def waiting(self) -> int:
        """Bytes of the bodies that are being read."""
        return sum(channel.request.body_bytes_received for channel in self.active_channels.values() if channel.request is not None)

    def maintenance(self, now: float) -> None:
        """Every few seconds: end what is idle, dripped or not read."""
        super().maintenance(now)
        for channel in self.active_channels.values():
            if (channel.request is not None and channel.request.overdue()) or channel.unread(now):
                channel.will_close = True

    def serve(self, asked: Callable[[], bool]) -> None:
        """Serve until `asked()`, looked at every second; then finish what was asked and handed over, for `GRACE` seconds at most."""
        while not asked():
            self._turn(1.0)
        self.del_channel(self._map)  # nobody is taken any more
        self.socket.close()
        end = time.monotonic() + GRACE
        while time.monotonic() < end and self._finish():
            self._turn(0.1)
        self.task_dispatcher.shutdown(timeout=1)

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)

    def _finish(self) -> bool:
        """Let go of whoever asked nothing; whether there is somebody left."""
        for channel in self.active_channels.values():
            channel.will_close = channel.will_close or not channel.busy()
        return bool(self.active_channels)


def listen(address: str, port: int) -> socket.socket:
    """A listening socket, shared by all processes that are made afterwards. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, port), family=family, backlog=1024)


def log_plainly() -> None:
    """Let waitress say what went wrong, without the address that was asked for: one-time links and doors stand in addresses."""
    logging.getLogger("waitress").addFilter(_without_address)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it would write a line for each request that waits for a thread


def _without_address(record: logging.LogRecord) -> bool:
    record.msg = str(record.msg).partition(" while serving ")[0]
    return True
