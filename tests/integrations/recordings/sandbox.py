"""The sandbox has no peer: only success and a share of refusals can be rehearsed."""

import contextlib
from collections.abc import Iterator

from integrations.contract import Fate
from tests.integrations.recordings import Rehearsal

LEFT_OUT = dict.fromkeys(("throttled", "bad key", "server error", "cut", "too big", "unreachable", "stand-in"), "the sandbox calls nobody")
EXPECTED = {"partial": {Fate.ACCEPTED, Fate.REFUSED}}
PARTS = {"subject": "Hello", "text": "Hello", "payload": "{}"}
TAKES_NOTHING = True


@contextlib.contextmanager
def peer(situation: str) -> Iterator[Rehearsal]:
    yield Rehearsal({"refused_share": "50" if situation == "partial" else "0", "delay": "1"})
