"""How does `integrations.http` connect? Only to addresses the guard has checked, and recording how far each request came."""

import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter  # noqa: TID251 - beneath the one way out
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from integrations.guard import Guard
from integrations.wire.deadlines import Deadline

KEPT = 64
"""Connections to one peer that are kept open: as many as may be called at once."""
PEERS = 32
"""Peers to which connections are kept."""


class _Progress(threading.local):
    """This thread's request: how far it came (`idle`, `connecting`, `sent`), and when it is over."""

    step = "idle"
    deadline: Deadline | None = None
    attached: int | None = None

    def begin(self, deadline: Deadline) -> None:
        """Another request."""
        self.step, self.deadline, self.attached = "idle", deadline, None

    def attach(self, used: socket.socket) -> None:
        """It goes over this socket, new or kept."""
        if self.deadline is not None and self.attached != used.fileno():
            self.deadline.attach(used)
            self.attached = used.fileno()


progress = _Progress()


class _Guarded:
    """What HTTP and HTTPS connections share: they connect to checked addresses only, and record when the first byte is sent."""

    guard: Guard

    def _new_conn(self) -> socket.socket:
        progress.step = "connecting"
        timeout = self.timeout if isinstance(self.timeout, (int, float)) else 5.0  # type: ignore[attr-defined] # of the connection it is mixed into
        left = progress.deadline.left() if progress.deadline else timeout
        connected = self.guard.connect(self._dns_host, self.port, min(timeout, left))  # type: ignore[attr-defined] # of the connection it is mixed into
        progress.attach(connected)
        return connected

    def send(self, data: Any) -> None:
        if self.sock is None:  # type: ignore[attr-defined] # of the connection it is mixed into
            self.connect()  # type: ignore[attr-defined] # of the connection it is mixed into
        progress.attach(self.sock)  # type: ignore[attr-defined] # of the connection it is mixed into
        progress.step = "sent"
        super().send(data)  # type: ignore[misc] # of the connection it is mixed into


class GuardedAdapter(HTTPAdapter):
    """A requests adapter whose connections go through the guard."""

    def __init__(self, guard: Guard) -> None:
        self._plain = type("GuardedHTTP", (_Guarded, HTTPConnection), {"guard": guard})
        self._tls = type("GuardedHTTPS", (_Guarded, HTTPSConnection), {"guard": guard})
        super().__init__(pool_connections=PEERS, pool_maxsize=KEPT, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools use guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": self._plain}),
            "https": type("TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": self._tls}),
        }
