"""Stand-ins: each provider as it behaves over a whole run. It remembers what it took, counts calls, refuses and answers partly.

One module per provider, named as the provider, with a class `Acme(StandIn)` called `STANDIN`: it says with which settings it is asked
(`settings`), which words the messages hold (`PARTS`), and answers requests (`reply`). Whoever has one is asked by
`tests/workers/sending/test_every_provider_to_the_end.py`.
"""

import importlib
import pkgutil
import threading
from dataclasses import dataclass, field
from typing import ClassVar

from tests.integrations.replies import Reply, Seen

NOBODY_PHONE = "+44770000"
"""Numbers that begin so are nobody's; so are addresses and ids that begin with `nobody`."""


def is_nobody(address: str) -> bool:
    """Whether the provider does not know this address."""
    return address.lstrip("+0").startswith((NOBODY_PHONE.lstrip("+"), "nobody"))


@dataclass
class StandIn:
    """What all stand-ins have in common. A test sets `quota` and `cut`, and says when a minute is over."""

    MODE: ClassVar[str]
    PARTS: ClassVar[dict[str, str]] = {"text": "Your code: {{ voucher.code }}"}

    quota: int = 1_000_000
    """Calls it takes in a minute of the test's clock; `throttled` says no to more."""
    cut: int = 0
    """From this send call on, the next one that it takes is cut off: nobody is told what became of it."""
    taken: list[tuple[str, str]] = field(default_factory=list)
    """Address (or our id of the message, or the platform's of the customer) and words of everything it took."""
    sends: int = 0
    """Calls that were to send something and were not throttled."""
    others: int = 0
    """Look-ups and polls."""
    wrong: list[str] = field(default_factory=list)
    """What it was asked that nobody may ask: too big, malformed, without a key."""
    _asked: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def settings(self, url: str) -> dict[str, str]:
        """The settings that lead to it."""
        raise NotImplementedError

    def reply(self, seen: Seen) -> Reply:
        """Answer a request. Ask `sending` before taking anything."""
        raise NotImplementedError

    def throttled(self) -> Reply:
        """Its way to say: too many calls."""
        return 429, {"retry-after": "20"}, b"{}"

    def answer(self, seen: Seen) -> Reply:
        """What the peer says: one request at a time."""
        with self._lock:
            return self.reply(seen)

    def sending(self) -> Reply | None:
        """Count a call that sends; an answer where it may not."""
        self._asked += 1
        if self._asked > self.quota:
            return self.throttled()
        self.sends += 1
        return None

    def took(self, *messages: tuple[str, str]) -> bool:
        """Remember them; whether the call is cut off now."""
        self.taken += messages
        if not 0 < self.cut <= self.sends:
            return False
        self.cut = 0
        return True

    def minute(self) -> None:
        """A minute is over."""
        self._asked = 0


def keys() -> list[str]:
    """The providers that have a stand-in."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def of(key: str) -> type[StandIn]:
    """The stand-in of this provider."""
    found: type[StandIn] = importlib.import_module(f"{__name__}.{key}").STANDIN
    return found
