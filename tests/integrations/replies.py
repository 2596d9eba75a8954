"""What is a provider asked in a test, and what may it reply? The words that faked HTTP and the server on loopback have in common."""

from dataclasses import dataclass


@dataclass
class Seen:
    """One request, as the provider saw it. Header names are lower case; `path` has the query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int = 0
    """The asker's own port, the same for calls over one connection; 0 where HTTP is faked."""


Reply = tuple[int, dict[str, str], bytes] | str
"""Status, headers and body; or `cut` (the connection ends after the request was read), or `silence`."""
