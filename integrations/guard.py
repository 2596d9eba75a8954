"""Which addresses may be reached? The public ones, and the private ranges an installation allows by name.

A name is resolved, every address it has is checked, and the connection goes to an address that was checked: a name that
answers differently the second time (rebinding) gains nothing. Serves HTTP, SMTP and whatever else connects.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from integrations import address_ranges


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

    def resolve(self, host: str, port: int) -> list[str]:
        """The checked IP addresses of `host`. Raises Forbidden where one of them may not be reached, OSError where none is known."""
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        if not addresses:
            raise OSError(f"{host} has no address")
        if not all(self.permits(address) for address in addresses):
            raise Forbidden(f"{host} is a private address. Whoever runs this server can allow it in LARGESSE_ALLOW_PRIVATE.")
        return addresses

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A socket to a checked address of `host`. Raises Forbidden or OSError."""
        broken: OSError | None = None
        for address in self.resolve(host, port):
            try:
                connected = socket.create_connection((address, port), timeout)
            except OSError as why:
                broken = why
            else:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connected
        raise broken or OSError(f"{host} cannot be reached")
