"""Which addresses may be reached? The public ones, and the private ranges an installation allows by name.

A name is resolved, every address it has is checked, and the connection goes to an address that was checked: a name that
answers differently the second time (rebinding) gains nothing. Serves HTTP, SMTP and whatever else connects.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

from integrations.guard import address_ranges


class Forbidden(OSError):
    """The host has an address that must not be reached, or none at all. Args: a sentence for the person who typed it."""


class Guard:
    """`allowed` are CIDR ranges (`127.0.0.0/8`) that may be reached although they are not public."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = tuple(ipaddress.ip_network(word, strict=False) for word in allowed)

    def permits(self, address: str) -> bool:
        """Whether this IP address may be reached."""
        ip = address_ranges.reached(ipaddress.ip_address(address.partition("%")[0]))
        if any(ip.version == network.version and ip in network for network in self._allowed):
            return True
        return address_ranges.public(ip)

    def resolve(self, host: str, port: int, timeout: float = 5.0) -> list[str]:
        """The checked IP addresses of `host`. Raises Forbidden where one of them may not be reached, OSError where none is known."""
        found = _looked_up(host.strip("[]"), port, timeout)
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        if not addresses:
            raise OSError(f"{host} has no address")
        if not all(self.permits(address) for address in addresses):
            raise Forbidden(f"{host} is a private address. Whoever runs this server can allow it in LARGESSE_ALLOW_PRIVATE.")
        return addresses

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A socket to a checked address of `host`, within `timeout` seconds in all. Raises Forbidden or OSError."""
        end = time.monotonic() + timeout
        broken: OSError | None = None
        addresses = self.resolve(host, port, timeout)
        for n, address in enumerate(addresses):
            share = max(end - time.monotonic(), 0.001) / (len(addresses) - n)
            try:
                connected = socket.create_connection((address, port), share)
            except OSError as why:
                broken = why
            else:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connected.settimeout(timeout)
                return connected
        raise broken or OSError(f"{host} cannot be reached")


def _looked_up(host: str, port: int, timeout: float) -> list[Any]:
    """What the name stands for. A resolver that is silent is left to itself: it cannot be interrupted, only not waited for."""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host.partition("%")[0])
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as unknown:
            found.append(unknown)

    thread = threading.Thread(target=look, name="names", daemon=True)
    thread.start()
    thread.join(timeout)
    if not found:
        raise TimeoutError(f"{host} could not be looked up in time")
    if isinstance(found[0], OSError):
        raise found[0]
    return list(found[0])
