"""Faked HTTP is as good as a server: what `integrations.http` reports of both is the same, and a request nobody expects fails the test."""

import dataclasses

import pytest

from integrations.http import Answer, Deadlines, Failure, Http
from tests.integrations.peer import answering
from tests.integrations.provider_http import Answers, provider_http
from tests.integrations.replies import Reply

SOON = Deadlines(connect=0.3, single=0.3, batch=0.6)
HTTP = Http(("127.0.0.0/8",), SOON, reply_limit=1000)


def reported(http: Http, url: str) -> Answer | Failure:
    """What a POST comes to, without what differs between two servers."""
    happened = http.post(f"{url}/messages?x=1", body=b"hello", headers={"X-A": "1"})
    if isinstance(happened, Answer):
        mine = {name: value for name, value in happened.headers.items() if name.startswith("x-")}
        return dataclasses.replace(happened, headers=mine, milliseconds=0)
    return dataclasses.replace(happened, reason=happened.reason.replace("127.0.0.1", "api.provider.example"), milliseconds=0)


@pytest.mark.parametrize(
    "reply",
    [
        (202, {"X-Message-Id": "m1"}, b'{"status": "queued"}'),
        (204, {}, b""),
        (302, {"Location": "http://example.com/"}, b""),
        (429, {"X-RateLimit-Reset": "7"}, b"slow down"),
        (500, {}, b"<html>"),
        (200, {}, b"x" * 1000),
        (200, {}, b"x" * 5000),
        "cut",
        "silence",
    ],
    ids=["accepted", "empty", "redirect", "throttled", "error", "at the limit", "over the limit", "cut", "silence"],
)
def test_what_is_reported_of_a_faked_reply_is_what_is_reported_of_a_real_one(reply: Reply) -> None:
    with answering(lambda seen: reply) as peer:
        real = reported(HTTP, peer.url)
    with provider_http(reply) as provider:
        faked = reported(HTTP, provider.url)

    assert faked == real
    (seen,), (written,) = provider.seen, peer.seen
    assert (seen.method, seen.path, seen.body) == (written.method, written.path, written.body)
    assert seen.headers == {name: value for name, value in written.headers.items() if name != "host"}


def test_a_header_that_cannot_be_sent_is_not_faked_either() -> None:
    with answering(lambda seen: (200, {}, b"")) as peer:
        real = HTTP.post(peer.url, body=b"", headers={"X-A": "Ł"})
    with provider_http((200, {}, b"")) as provider:
        faked = HTTP.post(provider.url, body=b"", headers={"X-A": "Ł"})

    assert isinstance(real, Failure)
    assert isinstance(faked, Failure)
    assert faked.reach is real.reach
    assert provider.seen == peer.seen == []


def test_replies_come_in_turn_and_one_request_too_many_fails_the_test() -> None:
    answers: Answers = [(200, {}, b"first"), (200, {}, b"second")]
    with provider_http(answers) as provider:
        heard = [HTTP.post(provider.url, body=b"", headers={}) for _ in range(2)]
        with pytest.raises(AssertionError, match="one request too many: GET /more"):
            HTTP.request("GET", f"{provider.url}/more", headers={})

    assert [answer.body for answer in heard if isinstance(answer, Answer)] == [b"first", b"second"]


def test_a_reply_nobody_asks_for_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="1 replies were not asked for"), provider_http([(200, {}, b"")]):
        pass


def test_a_request_to_somebody_else_fails_the_test() -> None:
    with provider_http((200, {}, b"")), pytest.raises(AssertionError, match="to somebody else: GET https://other"):
        HTTP.request("GET", "https://other.example/", headers={})
