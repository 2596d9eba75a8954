"""Can the web application listen here? Said in words before anything is started."""

import errno
import socket
import time
from collections.abc import Callable


class PortTaken(Exception):
    """It cannot; the text says why and what to do."""


def probe(bind: str, port: int) -> None:
    """Raises PortTaken where nothing of ours can listen on this address and port now."""
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as why:
            if why.errno == errno.EADDRINUSE:
                raise PortTaken(f"Port {port} is taken by another program: stop it, or choose another with PORT=8001.") from None
            raise PortTaken(unusable(bind, port, why)) from None


def unusable(bind: str, port: int, why: OSError) -> str:
    """What is wrong with the address or with the port, and what to do about it."""
    if why.errno in {errno.EADDRINUSE, errno.EACCES}:
        return f"Port {port} cannot be used here ({why.strerror}): choose another with PORT=8001."
    return (
        f"Nothing can listen on {bind} here ({why.strerror}): set LARGESSE_BIND to an address of this machine, like 127.0.0.1 or 0.0.0.0."
    )


def await_free(bind: str, port: int, pause: Callable[[float], object], seconds: float = 5) -> None:
    """Wait at most so long for what is just letting go of the port; `pause` lets time pass. Raises PortTaken."""
    end = time.monotonic() + seconds
    while True:
        try:
            probe(bind, port)
        except PortTaken:
            if time.monotonic() > end:
                raise
            pause(0.2)
        else:
            return


def reached_at(bind: str) -> str:
    """The address at which this machine reaches what listens on `bind`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104 - compared, never bound to
