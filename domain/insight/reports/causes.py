"""What went wrong, and why? Messages and people by reason, with what helps.

Read from sums; only who has an address by now, and when somebody is tried again, is looked up.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.distributions.audience import reasons
from domain.sending.calls.retry import HAS_NOW, RETRIABLE
from domain.sending.states import tallies
from domain.tables.distributions import Distribution


@dataclass(frozen=True)
class Cause:
    """A group of messages that went wrong, or people left out, for one reason."""

    state: str
    reason: str
    count: int
    words: str
    hint: str
    retry: bool
    again: int = 0
    """How many of them sending again may help."""
    on_purpose: bool = False
    """They were left out because somebody wanted it so; that is no failure."""
    next_at: datetime.datetime | None = None
    """When the first of those who wait is tried again, where that is known."""


PATIENCE = "150ms"
"""For counting who has an address by now, and for finding who is tried next."""
WRONG = ("refused", "bounced", "complained", "unsure", "skipped", "ready")
_HINTS = {
    "bounced": "The addresses that bounced for good are on the suppression list now.",
    "complained": "They marked the message as spam; their addresses are on the suppression list now.",
    "unsure": "Nobody knows whether it was taken. A receipt may still tell; sending again may reach some of them twice.",
    "ready": "It is tried again by itself.",
}


def causes(session: Session, row: Distribution) -> list[Cause]:
    """What went wrong, the most frequent first; those left out after those refused."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for t in tallies.read(session, row.id):
        if t.channel and t.state in WRONG and (t.state != "ready" or t.reason):
            counts[t.state, t.reason] += t.count
    found = [_cause(state, reason, count) for (state, reason), count in counts.items() if count > 0]
    found = [_with_time(session, row, _with_address(session, row, cause)) for cause in found]
    return sorted(found, key=lambda cause: (cause.state == "skipped", -cause.count, cause.reason))


def _cause(state: str, reason: str, count: int) -> Cause:
    known = reasons.known(reason)
    words = reasons.words(reason)
    retry = state in RETRIABLE and reasons.may_help(state, reason)
    on_purpose = state == "skipped" and known is not None and not known.retry
    fallback = {"bounced": "Bounced", "complained": "Complained", "ready": "Waits for another attempt"}.get(state, "Refused")
    title = words[:1].upper() + words[1:] if words else fallback
    return Cause(state, reason, count, title, _HINTS.get(state) or reasons.hint(reason), retry, count, on_purpose)


_HAVE_NOW = f"""
    SELECT count(*) FROM deliveries d WHERE d.distribution_id = :distribution AND d.state = :state AND d.reason = :reason AND {HAS_NOW}
"""


def _with_address(session: Session, row: Distribution, cause: Cause) -> Cause:
    """The cause with those of it who have by now what they lacked. Where counting takes long, all of them are offered."""
    known = reasons.known(cause.reason)
    if not cause.retry or known is None or not known.lacks:
        return cause
    count = _soon(session, _HAVE_NOW, row, cause)
    return cause if count is None else replace(cause, again=count, retry=count > 0)


_NEXT = """
    SELECT min(due_at) FROM deliveries
    WHERE distribution_id = :distribution AND due_at IS NOT NULL AND state = 'ready' AND reason = :reason
"""


def _with_time(session: Session, row: Distribution, cause: Cause) -> Cause:
    """The cause with the time at which those who wait are tried again."""
    return replace(cause, next_at=_soon(session, _NEXT, row, cause)) if cause.state == "ready" else cause


def _soon(session: Session, query: str, row: Distribution, cause: Cause) -> Any:
    """What a query about a cause yields; None where it takes long."""
    try:
        with session.begin_nested():
            session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE}'"))
            asked = {"distribution": row.id, "state": cause.state, "reason": cause.reason}
            found = session.execute(text(query), asked).scalar_one()
            session.execute(text("SET LOCAL statement_timeout = 0"))
    except OperationalError:
        return None
    return found
