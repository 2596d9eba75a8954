"""What did a platform answer when it was told that somebody wants nothing more? Repeating does no harm, so doubt means: again, later."""

from __future__ import annotations

import json
from typing import Any

from integrations.contract import Fate, Outcome
from integrations.http import Answer, Failure

TAKEN = frozenset({200, 201, 202, 204})


def outcome(name: str, result: Answer | Failure) -> Outcome:
    """ACCEPTED, REFUSED for good, or LATER. Nothing of what the peer said is repeated."""
    if isinstance(result, Failure):
        return Outcome("", Fate.LATER, result.reason)
    if result.status in TAKEN:
        return Outcome("", Fate.ACCEPTED)
    reason = f"{name} answered {result.status}."
    if result.status in {401, 403, 408, 429} or result.status >= 500:  # a key can be corrected, an outage ends
        return Outcome("", Fate.LATER, reason, retry_after=result.seconds("retry-after"))
    return Outcome("", Fate.REFUSED, reason)


def as_json(body: dict[str, Any]) -> bytes:
    """The body of such a call."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
