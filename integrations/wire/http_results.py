"""What came of a request? An answer, or a failure that says how far it came; what it means for messages is in the provider’s table."""

from __future__ import annotations

import email.utils
import enum
import math
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests  # noqa: TID251 - its exceptions are read here, beside the one way out
import urllib3

from integrations import outside_json
from integrations.contract import PeerTrouble, Wait
from integrations.guard import Forbidden
from integrations.wire.deadlines import Deadline
from integrations.wire.transport import progress

LONGEST_WAIT = 86400.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The peer answered. Header names are lower case; `body` ends at the limit, and `cut` says when there was more."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    milliseconds: int = 0

    def json(self) -> Any:
        """The body as JSON, or None where it is none that can be read."""
        try:
            return outside_json.read(self.body)
        except ValueError:
            return None

    def seconds(self, header: str) -> float | None:
        """A header that holds a number of seconds, or None."""
        try:
            seconds = float(self.headers.get(header, ""))
        except ValueError:
            return None
        return seconds if math.isfinite(seconds) else None

    def retry_after(self, at: int) -> float | None:
        """What `Retry-After` asks for, in seconds (RFC 9110, 10.2.3), seen from `at`; at most a day."""
        value = self.headers.get("retry-after", "")
        try:
            seconds = float(value) if value.isdigit() else email.utils.parsedate_to_datetime(value).timestamp() - at
        except ValueError:
            return None
        return min(max(seconds, 1.0), LONGEST_WAIT)

    def wait(self, at: int, why: str, *others: float | None, usual: float = 10.0) -> Wait:
        """How long nobody may call: by `Retry-After`, or the longest of what the provider says in `others`, or the usual pause."""
        asked = [seconds for seconds in (self.retry_after(at), *others) if seconds and seconds > 0]
        return Wait(min(max(asked, default=usual), LONGEST_WAIT), why)

    @property
    def trouble(self) -> PeerTrouble:
        """Whether the peer failed, whatever that means for the messages."""
        return PeerTrouble.FAILED if self.status >= 500 or self.status == 408 else PeerTrouble.NONE


class Reach(enum.StrEnum):
    """How far a request came that got no answer."""

    NOT_CONNECTED = "not connected"
    """Not a byte of it was sent: nothing can have been taken."""
    TIMED_OUT = "timed out"
    """It was sent, at least in part, and the answer did not come in time."""
    CUT = "cut"
    """It was sent, at least in part, and the connection broke."""


@dataclass(frozen=True, slots=True)
class Failure:
    """There was no answer. `reason` is a sentence of ours; `forbidden`: the address may not be reached at all."""

    reach: Reach
    reason: str
    forbidden: bool = False
    milliseconds: int = 0
    untried: bool = False
    """It was not even tried, because a request before it in the same call failed."""

    @property
    def trouble(self) -> PeerTrouble:
        """What became of the request, as outcomes say it."""
        if self.untried:
            return PeerTrouble.UNTRIED
        return PeerTrouble.UNREACHED if self.reach is Reach.NOT_CONNECTED else PeerTrouble.FAILED


def failure_of(why: Exception, host: str, deadline: Deadline) -> Failure:
    """Say in our words how far the request came; the exception's own text may hold addresses and secrets."""
    causes = list(_causes(why))
    for cause in causes:
        if isinstance(cause, Forbidden):
            return Failure(Reach.NOT_CONNECTED, str(cause), forbidden=True)
    if isinstance(why, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)):
        return Failure(Reach.NOT_CONNECTED, "That is not an address requests can be sent to.", forbidden=True)
    sent = progress.step == "sent" or (progress.step == "idle" and any(isinstance(c, _NO_ANSWER) for c in causes))
    if not sent:
        return Failure(Reach.NOT_CONNECTED, f"{host} {'does not answer' if deadline.over else _reason(causes)}.")
    if deadline.over or any(isinstance(c, _TIMED_OUT) for c in causes):
        return Failure(Reach.TIMED_OUT, f"{host} took the request and did not answer within {deadline.seconds:g} seconds.")
    return Failure(Reach.CUT, f"The connection to {host} broke after the request had begun.")


_TIMED_OUT = (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)
_NO_ANSWER = (*_TIMED_OUT, requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError)


def _reason(causes: Iterable[BaseException]) -> str:
    for cause in causes:
        match cause:
            case socket.gaierror() | urllib3.exceptions.NameResolutionError():
                return "is not a known name"
            case ssl.SSLCertVerificationError():
                return "did not show a certificate we can trust"
            case ssl.SSLError():
                return "does not speak TLS as it should"
            case ConnectionRefusedError():
                return "refuses connections"
            case requests.exceptions.ConnectTimeout() | TimeoutError():
                return "does not answer"
    return "could not be reached"


def _causes(why: BaseException | None) -> Iterable[BaseException]:
    """The exception, what it wraps (requests and urllib3 keep it in args or `reason`), and what it came from."""
    seen: set[int] = set()
    waiting: list[Any] = [why]
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
