"""The way out: what is reached, what is not, and what is said about it."""

import contextlib
import logging
import socket
import threading
import time

import pytest

from integrations.contract import PeerTrouble
from integrations.guard import Forbidden, Guard
from integrations.http import Answer, Deadlines, Failure, Http, Reach, scrub
from tests.integrations.peer import answering
from tests.integrations.replies import Reply

LOOPBACK = ("127.0.0.0/8",)
SOON = Deadlines(connect=0.3, single=0.3, batch=0.6)


def test_an_answer_comes_back_as_it_was() -> None:
    with answering(lambda seen: (202, {"X-Message-Id": "m1"}, b"{}")) as peer:
        answer = Http(LOOPBACK).post(f"{peer.url}/v3", body=b"hello", headers={"X-A": "1"})

    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers["x-message-id"], answer.json()) == (202, "m1", {})
    assert (peer.seen[0].method, peer.seen[0].body, peer.seen[0].headers["x-a"]) == ("POST", b"hello", "1")


def test_a_connection_is_kept_for_the_next_call() -> None:
    with answering(lambda seen: (200, {}, b"")) as peer:
        http = Http(LOOPBACK)
        http.post(peer.url, body=b"", headers={})
        http.post(peer.url, body=b"", headers={})

    assert len({seen.port for seen in peer.seen}) == 1


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with answering(lambda seen: (302, {"Location": "http://example.com/"}, b"")) as peer:
        answer = Http(LOOPBACK).post(peer.url, body=b"", headers={})

    assert isinstance(answer, Answer)
    assert answer.status == 302
    assert len(peer.seen) == 1


def test_a_reply_ends_at_the_limit() -> None:
    with answering(lambda seen: (200, {}, b"x" * 5000)) as peer:
        answer = Http(LOOPBACK, reply_limit=1000).request("GET", peer.url, headers={})

    assert isinstance(answer, Answer)
    assert (len(answer.body), answer.cut) == (1000, True)


def test_a_private_address_is_not_reached() -> None:
    with answering(lambda seen: (200, {}, b"secret")) as peer:
        failure = Http().post(peer.url, body=b"", headers={})

    assert isinstance(failure, Failure)
    assert failure.forbidden
    assert failure.reach is Reach.NOT_CONNECTED
    assert "LARGESSE_ALLOW_PRIVATE" in failure.reason
    assert peer.seen == []


def test_a_name_is_connected_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", _resolver(asked, {"rebind.example": ["127.0.0.1"]}))
    with answering(lambda seen: (200, {}, b"")) as peer:
        answer = Http(LOOPBACK).post(f"http://rebind.example:{peer.port}/", body=b"", headers={})

    assert isinstance(answer, Answer)
    assert asked.count("rebind.example") == 1
    assert peer.seen[0].headers["host"] == f"rebind.example:{peer.port}"


def test_one_private_address_among_public_ones_closes_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _resolver([], {"mixed.example": ["93.184.216.34", "10.0.0.1"]}))

    with pytest.raises(Forbidden):
        Guard().resolve("mixed.example", 80)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::"],
)  # fmt: skip
def test_what_is_not_public_is_not_permitted(address: str) -> None:
    assert not Guard().permits(address)


def test_public_and_allowed_addresses_are_permitted() -> None:
    assert Guard().permits("93.184.216.34")
    assert Guard().permits("2606:2800:220:1::1")
    assert Guard(("10.0.0.0/8",)).permits("10.1.2.3")
    assert Guard(("10.0.0.0/8",)).permits("::ffff:10.1.2.3")


def test_a_refused_connection_took_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    failure = Http(LOOPBACK).post(f"http://127.0.0.1:{port}/", body=b"", headers={})

    assert isinstance(failure, Failure)
    assert (failure.reach, failure.forbidden) == (Reach.NOT_CONNECTED, False)
    assert failure.reason == "127.0.0.1 refuses connections."


def test_a_cut_and_a_silence_after_the_request_are_told_apart() -> None:
    with answering(lambda seen: seen.path.strip("/")) as peer:
        cut = Http(LOOPBACK).post(f"{peer.url}/cut", body=b"x", headers={})
        silent = Http(LOOPBACK, SOON).post(f"{peer.url}/silence", body=b"x", headers={})

    assert isinstance(cut, Failure)
    assert isinstance(silent, Failure)
    assert (cut.reach, silent.reach) == (Reach.CUT, Reach.TIMED_OUT)


def test_a_reply_that_drips_is_left_when_its_time_is_over() -> None:
    def drip(listening: socket.socket) -> None:
        taken, _ = listening.accept()
        with taken:
            taken.recv(4096)
            taken.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            try:
                while not over.wait(0.1):
                    taken.sendall(b"x")
            except OSError:
                pass

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        answer = Http(LOOPBACK, SOON).post(f"http://127.0.0.1:{listening.getsockname()[1]}/", body=b"", headers={})
        over.set()
        thread.join()

    assert isinstance(answer, Answer)
    assert answer.cut
    assert answer.status == 200


def test_a_certificate_nobody_knows_is_refused_before_anything_is_sent() -> None:
    with answering(lambda seen: (200, {}, b"")) as peer:  # speaks no TLS at all
        failure = Http(LOOPBACK).post(f"https://127.0.0.1:{peer.port}/", body=b"secret", headers={})

    assert isinstance(failure, Failure)
    assert failure.reach is Reach.NOT_CONNECTED


def test_nonsense_addresses_are_told_in_words() -> None:
    for url in ("ftp://example.com/", "http://", "no address"):
        failure = Http().post(url, body=b"", headers={})

        assert isinstance(failure, Failure)
        assert failure.reach is Reach.NOT_CONNECTED


def test_what_is_logged_holds_no_path_query_or_header(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with answering(lambda seen: (200, {}, b"")) as peer:
        Http(LOOPBACK).post(f"{peer.url}/hidden-path?key=hidden-key", body=b"hidden-body", headers={"Authorization": "hidden-token"})

    assert "127.0.0.1: 200" in caplog.text
    assert "hidden" not in caplog.text


def test_a_peers_words_are_one_printable_line_without_secrets() -> None:
    assert scrub("bad key SG.secret\r\n\x00in use", ["SG.secret"]) == "bad key ••• in use"
    assert len(scrub("x" * 500)) == 200


def _resolver(asked, names):
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        asked.append(host)
        if host in names:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in names[host]]
        return real(host, port, *args, **kwargs)

    return resolve


LONG = 30.0
"""Seconds: a hundred times the deadline, so that a busy machine is not taken for a missing one."""


class Dripping:
    """A server that sends `first` at once, and then a byte every 0.05 seconds, until LONG has passed."""

    def __init__(self, first: bytes, more: bytes = b"x") -> None:
        self.first, self.more, self.stop = first, more, threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            taken, _ = self.listening.accept()
            with taken:
                taken.sendall(self.first)
                for _ in range(int(LONG / 0.05)):
                    if self.stop.wait(0.05):
                        return
                    taken.sendall(self.more)

    def __enter__(self) -> "Dripping":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.listening.close()
        self.thread.join(1)


HEAD = b"HTTP/1.1 200 OK\r\n"


def test_a_call_has_one_deadline_however_the_answer_drips() -> None:
    for first in (b"", HEAD[:12]):
        with Dripping(first) as peer:
            failure = Http(LOOPBACK, SOON).post(f"http://127.0.0.1:{peer.port}/", body=b"x", headers={})

        assert isinstance(failure, Failure)
        assert (failure.reach, failure.reason) == (Reach.TIMED_OUT, "127.0.0.1 took the request and did not answer within 0.3 seconds.")


def test_many_messages_have_more_time_than_one() -> None:
    with Dripping(b"") as peer:
        began = time.monotonic()
        failure = Http(LOOPBACK, SOON).post(f"http://127.0.0.1:{peer.port}/", body=b"x", headers={}, messages=2)

    assert time.monotonic() - began > 0.5
    assert isinstance(failure, Failure)
    assert failure.reach is Reach.TIMED_OUT


def test_a_handshake_that_drips_is_over_at_the_deadline_and_nothing_was_sent() -> None:
    with Dripping(b"\x16\x03\x03\x40\x00", b"\x00") as peer:
        failure = Http(LOOPBACK, SOON).post(f"https://127.0.0.1:{peer.port}/", body=b"x", headers={})

    assert isinstance(failure, Failure)
    assert (failure.reach, failure.reason) == (Reach.NOT_CONNECTED, "127.0.0.1 does not answer.")


def test_a_name_that_is_not_looked_up_in_time_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: end.wait(LONG))
    threads = set(threading.enumerate())
    failure = Http(LOOPBACK, SOON).post("http://slow.example/", body=b"x", headers={})
    looking = set(threading.enumerate()) - threads
    end.set()

    assert looking, "the name is still looked up"
    assert isinstance(failure, Failure)
    assert failure.reach is Reach.NOT_CONNECTED


def test_half_an_answer_still_has_told_its_status() -> None:
    for first, body in ((HEAD + b"Content-Length: 100\r\n\r\nhalf", b"half"), (HEAD + b"X-Long: ", b"")):
        with Dripping(first) as peer:
            answer = Http(LOOPBACK, SOON).post(f"http://127.0.0.1:{peer.port}/", body=b"x", headers={})

        assert isinstance(answer, Answer)
        assert (answer.status, answer.cut, answer.body[:4]) == (200, True, body)


def test_a_connection_that_was_kept_has_the_deadline_of_its_call() -> None:
    waits = iter([False, True])
    stop = threading.Event()

    def reply(seen: object) -> Reply:
        if next(waits):
            stop.wait(LONG)
        return (200, {}, b"")

    with answering(reply) as peer:
        http = Http(LOOPBACK, SOON)
        first = http.post(peer.url, body=b"x", headers={})
        second = http.post(peer.url, body=b"x", headers={})
        stop.set()

    assert isinstance(first, Answer)
    assert isinstance(second, Failure)
    assert second.reach is Reach.TIMED_OUT
    assert len({seen.port for seen in peer.seen}) == 1


def test_after_a_request_that_fails_nothing_more_of_its_call_is_tried() -> None:
    with answering(lambda seen: (503, {}, b"")) as peer:
        call = Http(LOOPBACK).for_call()
        first, second = (call.post(peer.url, body=b"x", headers={}) for _ in range(2))
        other = Http(LOOPBACK).for_call().post(peer.url, body=b"x", headers={})

    assert isinstance(first, Answer)
    assert isinstance(second, Failure)
    assert (second.untried, second.trouble) == (True, PeerTrouble.UNTRIED)
    assert isinstance(other, Answer)
    assert len(peer.seen) == 2


def test_no_cookie_outlives_a_request() -> None:
    with answering(lambda seen: (200, {"Set-Cookie": "who=ann; Path=/"}, b"")) as peer:
        http = Http(LOOPBACK)
        for _ in range(2):
            http.post(peer.url, body=b"x", headers={})

    assert all("cookie" not in seen.headers for seen in peer.seen)
    assert len(http._session.cookies) == 0
