"""How are HTTP requests sent? All in one place, with deadlines, a limit on replies, no redirects and a guard against private addresses.

It reports what happened and judges nothing: an `Answer`, or a `Failure` that says how far the request came. What that means for
the messages inside is in the provider's own table. Nothing here logs more than method, host and status.
"""

from __future__ import annotations

import copy
import http.client
import http.cookiejar
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import requests  # noqa: TID251 - this module is the one way out
import urllib3

from integrations.contract import PeerTrouble
from integrations.guard import Guard
from integrations.wire.deadlines import Deadline
from integrations.wire.http_results import Answer, Failure, Reach, failure_of
from integrations.wire.transport import GuardedAdapter, progress

__all__ = ["Answer", "Deadlines", "Failure", "Http", "Reach", "scrub"]
log = logging.getLogger(__name__)
logging.getLogger("urllib3").setLevel(logging.ERROR)  # it logs paths and queries, which may hold secrets

REPLY_LIMIT = 64 * 1024
USER_AGENT = "Largesse/0.1"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds to connect, and for a whole request with its answer: of one message, and of many."""

    connect: float = 5.0
    single: float = 15.0
    batch: float = 60.0


class _NoCookies(http.cookiejar.DefaultCookiePolicy):
    """Nothing that a peer says outlives the call."""

    def set_ok(self, cookie: http.cookiejar.Cookie, request: Any) -> bool:
        return False

    def return_ok(self, cookie: http.cookiejar.Cookie, request: Any) -> bool:
        return False


class Http:
    """The one way out. One for each process is enough: its threads share the connections that are kept open."""

    def __init__(self, allow_private: Sequence[str] = (), deadlines: Deadlines | None = None, reply_limit: int = REPLY_LIMIT) -> None:
        self.guard = Guard(allow_private)
        self.deadlines = deadlines or Deadlines()
        self._limit = reply_limit
        self._session = _session(self.guard)
        self._call: _Call | None = None

    def for_call(self) -> Http:
        """The same way out for the requests of one call: after the first that fails nothing more is tried, nor when time is over."""
        own = copy.copy(self)
        own._call = _Call(time.monotonic() + self.deadlines.batch)
        return own

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str], messages: int = 1, reply_limit: int = 0) -> Answer | Failure:
        """POST `body` with so many messages in it. `reply_limit` is for providers that tell the fate of a thousand in one reply."""
        return self.request("POST", url, body=body, headers=headers, messages=messages, reply_limit=reply_limit)

    def request(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str], messages: int = 1, reply_limit: int = 0
    ) -> Answer | Failure:
        """One request. Redirects are not followed: a 3xx is an answer like any other."""
        if self._call is not None and (why := self._call.over()):
            return Failure(Reach.NOT_CONNECTED, why, untried=True)
        began = time.monotonic()
        with Deadline(self.deadlines.batch if messages > 1 else self.deadlines.single) as deadline:
            progress.begin(deadline)
            try:
                result = self._asked(method, url, body, headers, deadline, reply_limit or self._limit)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as why:
                result = failure_of(why, urlsplit(url).hostname or url, deadline)
        log.debug("%s %s: %s", method, urlsplit(url).hostname, result.status if isinstance(result, Answer) else result.reach)
        if self._call is not None and result.trouble is not PeerTrouble.NONE:
            self._call.failed = True
        return replace(result, milliseconds=round((time.monotonic() - began) * 1000))

    def _asked(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], deadline: Deadline, limit: int
    ) -> Answer | Failure:
        patience = (min(self.deadlines.connect, deadline.seconds), deadline.seconds)
        with self._session.request(
            method, url, data=body, headers=dict(headers), timeout=patience, allow_redirects=False, stream=True
        ) as response:
            return _answer(response, deadline, limit)


@dataclass(slots=True)
class _Call:
    """What the requests of one call have in common."""

    until: float
    failed: bool = False

    def over(self) -> str:
        """Why no further request may begin; empty where one may."""
        if self.failed:
            return "It was not tried, because the request before it failed."
        return "It was not tried, because the call took too long." if time.monotonic() > self.until else ""


def _session(guard: Guard) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(_NoCookies())
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, GuardedAdapter(guard))
    return session


def _answer(response: requests.Response, deadline: Deadline, limit: int) -> Answer:
    """Read the reply up to its limit and the deadline. A server that breaks off, or drips bytes, still has told its status."""
    body, cut = b"", False
    try:
        while len(body) <= limit and (piece := response.raw.read1(min(16384, limit + 1 - len(body)))):
            body += piece
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError):
        cut = True
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, body[:limit], cut or deadline.over or len(body) > limit)


def scrub(text: str, secrets: Iterable[str] = (), limit: int = 200) -> str:
    """Text of a peer, safe for a report: one printable line, short, without any of the secrets."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "•••")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
