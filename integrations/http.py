"""How are HTTP requests sent? All in one place, with time-outs, a limit on replies, no redirects and a guard against private addresses.

It reports what happened and judges nothing: an `Answer`, or a `Failure` that says how far the request came. What that means for
the messages inside is in the provider's own table. Nothing here logs more than method, host and status.
"""

from __future__ import annotations

import email.utils
import enum
import json
import logging
import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import requests  # noqa: TID251 - this module is the one way out
import urllib3

from integrations.guard import Forbidden, Guard
from integrations.transport import GuardedAdapter, progress

log = logging.getLogger(__name__)
logging.getLogger("urllib3").setLevel(logging.ERROR)  # it logs paths and queries, which may hold secrets

REPLY_LIMIT = 64 * 1024
USER_AGENT = "Largesse/0.1"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, seconds of silence while reading, and seconds for the whole reply once it began."""

    connect: float = 5.0
    read: float = 30.0
    whole: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The peer answered. Header names are lower case; `body` ends at the limit, and `cut` says when there was more."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    milliseconds: int = 0

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def seconds(self, header: str) -> float | None:
        """A header that holds a number of seconds, or None."""
        try:
            return float(self.headers.get(header, ""))
        except ValueError:
            return None

    def retry_after(self, at: int) -> float | None:
        """What `Retry-After` asks for, in seconds (RFC 9110, 10.2.3), seen from `at`; at most a day."""
        value = self.headers.get("retry-after", "")
        try:
            seconds = float(value) if value.isdigit() else email.utils.parsedate_to_datetime(value).timestamp() - at
        except ValueError:
            return None
        return min(max(seconds, 1.0), 86400.0)


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


class Http:
    """The one way out. One for each process is enough: sessions are kept per thread."""

    def __init__(self, allow_private: Sequence[str] = (), timeouts: Timeouts | None = None, reply_limit: int = REPLY_LIMIT) -> None:
        self.guard = Guard(allow_private)
        self.timeouts = timeouts or Timeouts()
        self._limit = reply_limit
        self._threads = threading.local()

    def post(
        self, url: str, *, body: bytes, headers: Mapping[str, str], timeouts: Timeouts | None = None, reply_limit: int = 0
    ) -> Answer | Failure:
        """POST `body` to `url`. `reply_limit` is for providers that tell the fate of a thousand messages in one reply."""
        return self.request("POST", url, body=body, headers=headers, timeouts=timeouts, reply_limit=reply_limit)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str],
        timeouts: Timeouts | None = None,
        reply_limit: int = 0,
    ) -> Answer | Failure:
        """One request. Redirects are not followed: a 3xx is an answer like any other."""
        given = timeouts or self.timeouts
        progress.step = "idle"
        began = time.monotonic()
        try:
            with self._session().request(
                method, url, data=body, headers=dict(headers), timeout=(given.connect, given.read), allow_redirects=False, stream=True
            ) as response:
                result: Answer | Failure = self._answer(response, given, reply_limit or self._limit)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as why:
            result = _failure(why, urlsplit(url).hostname or url)
        log.debug("%s %s: %s", method, urlsplit(url).hostname, result.status if isinstance(result, Answer) else result.reach)
        return replace(result, milliseconds=round((time.monotonic() - began) * 1000))

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            session.trust_env = False
            session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
            for scheme in ("http://", "https://"):
                session.mount(scheme, GuardedAdapter(self.guard))
        return session

    def _answer(self, response: requests.Response, given: Timeouts, limit: int) -> Answer:
        """Read the reply up to its limit, and no longer than `whole` seconds: a server that drips bytes still has told its status."""
        deadline = time.monotonic() + given.whole
        body, cut = b"", False
        while len(body) <= limit:
            piece = response.raw.read1(min(16384, limit + 1 - len(body)))
            if not piece:
                break
            body += piece
            if time.monotonic() > deadline:
                cut = True
                break
        return Answer(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            body[:limit],
            cut or len(body) > limit,
        )


def scrub(text: str, secrets: Iterable[str] = (), limit: int = 200) -> str:
    """Text of a peer, safe for a report: one printable line, short, without any of the secrets."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "•••")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _failure(why: Exception, host: str) -> Failure:
    """Say in our words how far the request came; the exception's own text may hold addresses and secrets."""
    causes = list(_causes(why))
    for cause in causes:
        if isinstance(cause, Forbidden):
            return Failure(Reach.NOT_CONNECTED, str(cause), forbidden=True)
    if isinstance(why, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)):
        return Failure(Reach.NOT_CONNECTED, "That is not an address requests can be sent to.", forbidden=True)
    sent = progress.step == "sent" or (progress.step == "idle" and any(isinstance(c, _NO_ANSWER) for c in causes))
    if not sent:
        return Failure(Reach.NOT_CONNECTED, f"{host} {_reason(causes)}.")
    if any(isinstance(c, _TIMED_OUT) for c in causes):
        return Failure(Reach.TIMED_OUT, f"{host} took the request and did not answer in time.")
    return Failure(Reach.CUT, f"The connection to {host} broke after the request had begun.")


_TIMED_OUT = (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)
_NO_ANSWER = (*_TIMED_OUT, requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError)


def _reason(causes: Iterable[BaseException]) -> str:
    for cause in causes:
        match cause:
            case socket.gaierror() | urllib3.exceptions.NameResolutionError():
                return "is not a known name"
            case urllib3.exceptions.SSLError() | requests.exceptions.SSLError():
                return "did not show a certificate we can trust"
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
