"""What each provider answers in each situation: one module per provider, named as the provider.

A module is data: with which settings the provider is asked (`settings(url)`, and `MORE_SETTINGS` in place of some of them, for fields
that only matter together), which words its messages hold (`PARTS`), and what it replies to a request in a situation
(`answer(situation, seen, taken)`, which adds to `taken` whom it took). `rehearse` fakes the HTTP; `on_the_wire` answers over loopback.
Who is not asked by HTTP plays itself instead (`peer(situation)`: the mail server, the sandbox).
"""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import ModuleType

from tests.integrations.peer import Peer, answering
from tests.integrations.provider_http import ProviderHttp, provider_http
from tests.integrations.replies import Reply, Seen

SITUATIONS = ("success", "partial", "throttled", "bad key", "server error", "cut", "too big")


@dataclass
class Rehearsal:
    """A provider in one situation: the settings that lead to it, and what it took."""

    settings: dict[str, str]
    taken: list[str] = field(default_factory=list)
    """Addresses (webhooks: ids) of the messages it took, in order."""
    peer: Peer | ProviderHttp | None = None


def of(key: str) -> ModuleType:
    """The recordings of this provider."""
    return importlib.import_module(f"{__name__}.{key}")


@contextlib.contextmanager
def rehearse(key: str, situation: str) -> Iterator[Rehearsal]:
    """The provider in this situation, its HTTP faked."""
    with _played(key, situation, provider_http) as rehearsal:
        yield rehearsal


@contextlib.contextmanager
def on_the_wire(key: str, situation: str) -> Iterator[Rehearsal]:
    """The provider in this situation, on loopback: for what only sockets can show, and for requests of other threads."""
    with _played(key, situation, answering) as rehearsal:
        yield rehearsal


Transport = Callable[[Callable[[Seen], Reply]], AbstractContextManager[Peer | ProviderHttp]]


@contextlib.contextmanager
def _played(key: str, situation: str, transport: Transport) -> Iterator[Rehearsal]:
    module, taken = of(key), list[str]()
    if hasattr(module, "peer"):
        with module.peer(situation) as rehearsal:
            yield rehearsal
    else:
        with transport(lambda seen: module.answer(situation, seen, taken)) as peer:
            yield Rehearsal(module.settings(peer.url), taken, peer)
