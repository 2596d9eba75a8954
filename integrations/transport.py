"""How does `integrations.http` connect? Only to addresses the guard has checked, and recording how far each request came."""

import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter  # noqa: TID251 - beneath the one way out
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from integrations.guard import Guard

progress = threading.local()
"""`step` of this thread's request: `idle`, `connecting`, `sent`."""


class _Guarded:
    """What HTTP and HTTPS connections share: they connect to checked addresses only, and record when the first byte is sent."""

    guard: Guard

    def _new_conn(self) -> socket.socket:
        progress.step = "connecting"
        timeout = self.timeout if isinstance(self.timeout, (int, float)) else 5.0  # type: ignore[attr-defined]
        return self.guard.connect(self._dns_host, self.port, timeout)  # type: ignore[attr-defined]

    def send(self, data: Any) -> None:
        if self.sock is None:  # type: ignore[attr-defined]
            self.connect()  # type: ignore[attr-defined]
        progress.step = "sent"
        super().send(data)  # type: ignore[misc]


class GuardedAdapter(HTTPAdapter):
    """A requests adapter whose connections go through the guard."""

    def __init__(self, guard: Guard) -> None:
        self._plain = type("GuardedHTTP", (_Guarded, HTTPConnection), {"guard": guard})
        self._tls = type("GuardedHTTPS", (_Guarded, HTTPSConnection), {"guard": guard})
        super().__init__(pool_connections=8, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools use guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": self._plain}),
            "https": type("TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": self._tls}),
        }
