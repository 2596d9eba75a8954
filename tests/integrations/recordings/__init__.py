"""What each provider answers, recorded: one module per provider, named as the provider.

A module says with which settings the provider is asked (`settings(url)`, and `MORE_SETTINGS` in place of some of them, for fields that
only matter together), which words its messages hold (`PARTS`), and how its peer behaves in each situation (`peer(situation)`).
"""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType

from tests.integrations.peer import Peer, Reply, Seen, answering

SITUATIONS = ("success", "partial", "throttled", "bad key", "server error", "cut", "too big")


@dataclass
class Rehearsal:
    """A peer in one situation: the settings that lead to it, and what it took."""

    settings: dict[str, str]
    taken: list[str] = field(default_factory=list)
    """Addresses (webhooks: ids) of the messages it took, in order."""
    peer: Peer | None = None


def of(key: str) -> ModuleType:
    """The recordings of this provider."""
    return importlib.import_module(f"{__name__}.{key}")


@contextlib.contextmanager
def over_http(settings: Callable[[str], dict[str, str]], answer: Callable[[Seen, list[str]], Reply]) -> Iterator[Rehearsal]:
    """A rehearsal with a provider that is asked by HTTP; `answer` also notes what it took."""
    taken: list[str] = []
    with answering(lambda seen: answer(seen, taken)) as peer:
        yield Rehearsal(settings(peer.url), taken, peer)
