"""A provider's HTTP, faked by `responses`: what a test says is answered, and what was asked is kept, in order.

Adapters are asked here through the real `integrations.http`: its session, its limit on replies, its reading of failures. Nothing
leaves the process. What only sockets can show (guard, reset, silence, dripping, TLS) is asked of a server on loopback, `peer.py`, in
`test_http.py`, `test_tls.py` and `test_every_provider_on_the_wire.py`; `test_provider_http.py` holds both to the same answers.
"""

import contextlib
import http.client
import re
from collections.abc import Callable, Iterator

import requests
import responses
import urllib3

from tests.integrations.replies import Reply, Seen

URL = "https://api.provider.example"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Answers = Reply | list[Reply] | Callable[[Seen], Reply]
"""One reply to every request, replies in turn (one for each request, and none may be left), or a function that works it out."""


class ProviderHttp:
    """A provider that exists only in `responses`. `seen` is what it was asked, in order."""

    def __init__(self, answers: Answers) -> None:
        self.url = URL
        self.seen: list[Seen] = []
        self.left = list(answers) if isinstance(answers, list) else []
        self._answers = answers

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes] | Exception:
        """The reply to this request, as `responses` takes it."""
        assert str(request.url).startswith(f"{self.url}/"), f"a request to somebody else: {request.method} {request.url}"
        seen = _seen(request)
        self.seen.append(seen)
        reply = self._reply(seen)
        return BROKEN[reply]() if isinstance(reply, str) else reply

    def _reply(self, seen: Seen) -> Reply:
        if callable(self._answers):
            return self._answers(seen)
        if not isinstance(self._answers, list):
            return self._answers
        assert self.left, f"one request too many: {seen.method} {seen.path}"
        return self.left.pop(0)


@contextlib.contextmanager
def provider_http(answers: Answers) -> Iterator[ProviderHttp]:
    """Inside, every request is answered so. Fails where a reply of a list was not asked for."""
    provider = ProviderHttp(answers)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as faked:
        for method in METHODS:
            faked.add_callback(method, re.compile(".*", re.DOTALL), provider.answer, content_type=None)
        yield provider
    assert provider.left == [], f"{len(provider.left)} replies were not asked for"


def _seen(request: requests.PreparedRequest) -> Seen:
    """The request as a server would read it. A header that cannot be sent raises, as it does where it is really sent."""
    headers = {name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()}
    for value in headers.values():
        value.encode("latin-1")
    body = request.body or b""
    return Seen(str(request.method), request.path_url, headers, body.encode() if isinstance(body, str) else body)


def _cut() -> Exception:
    ended = http.client.RemoteDisconnected("Remote end closed connection without response")
    return requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", ended))


def _silence() -> Exception:
    return requests.ReadTimeout(
        urllib3.exceptions.ReadTimeoutError(urllib3.HTTPConnectionPool("api.provider.example"), "/", "Read timed out.")
    )


BROKEN = {"cut": _cut, "silence": _silence}
"""What `requests` raises where no reply comes."""
