"""Who gives a command?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Who gives a command: a person (`user_…`), `system` or `command line`."""

    id: str
    name: str


SYSTEM = Actor("system", "Largesse")
