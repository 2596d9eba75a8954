"""Webhooks: signed as the standard says, repeated until they are taken."""

import datetime
import email.utils

import pytest
import standardwebhooks

from integrations import catalogue, signatures
from integrations.contract import Batch, Fate, Message, Outcome, Stop
from integrations.http import Http
from tests.integrations.peer import Peer, Reply, answering
from tests.integrations.recordings.webhook import OLD, SECRET, settings

HTTP = Http(("127.0.0.0/8",))
WEBHOOK = catalogue.provider("webhook")
NOW = int(datetime.datetime.now(datetime.UTC).timestamp())


def sent(answer: Reply, **changes: str) -> tuple[Outcome, Peer]:
    with answering(lambda seen: answer) as peer:
        batch = Batch((Message("dlv_1", "", slots={"%c%": "ABC"}, attempt_at=NOW),), {"payload": '{"code": "%c%"}'})
        (outcome,) = WEBHOOK.modes[0].send(HTTP, settings(peer.url) | changes, batch)
    return outcome, peer


def test_the_standards_own_library_believes_us_with_either_secret() -> None:
    _, peer = sent((200, {}, b""))

    (seen,) = peer.seen
    assert seen.body == b'{"code": "ABC"}'
    for secret in (SECRET, OLD):
        assert standardwebhooks.Webhook(secret).verify(seen.body, seen.headers) == {"code": "ABC"}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(signatures.new_webhook_secret()).verify(seen.body, seen.headers)


def test_the_published_vector() -> None:
    given = {"id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": 1614265330, "body": b'{"test": 2432232314}'}
    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    assert signatures.webhook_signature([SECRET], **given) == wanted  # type: ignore[arg-type]
    assert signatures.webhook_signature_fits(SECRET, f"v1,other {wanted}", **given)  # type: ignore[arg-type]
    assert not signatures.webhook_signature_fits(OLD, wanted, **given)  # type: ignore[arg-type]


def test_own_headers_travel_and_cannot_replace_ours() -> None:
    _, peer = sent((200, {}, b""), headers="Authorization: Bearer 1\n\nX-Shop: a:b")

    assert peer.seen[0].headers["authorization"] == "Bearer 1"
    assert peer.seen[0].headers["x-shop"] == "a:b"
    check = next(f.check for f in WEBHOOK.fields if f.key == "headers")
    assert check is not None
    assert check("Webhook-Id: 1") == "The header webhook-id is set by Largesse; leave it out."
    assert "Name: value" in str(check("no colon"))


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_only_two_hundreds_are_a_yes(status: int) -> None:
    assert sent((status, {}, b""))[0].fate is Fate.ACCEPTED


@pytest.mark.parametrize("status", [301, 302, 400, 404, 413, 422, 429, 500, 502, 503, 504])
def test_everything_else_comes_again(status: int) -> None:
    outcome, peer = sent((status, {"Location": "http://127.0.0.1/"}, b""))

    assert (outcome.fate, outcome.reason) == (Fate.LATER, f"The address answered {status}.")
    assert len(peer.seen) == 1


@pytest.mark.parametrize("status", [401, 403, 410])
def test_who_wants_no_more_stops_the_connection(status: int) -> None:
    with pytest.raises(Stop, match=str(status)):
        sent((status, {}, b""))


def test_a_pause_is_as_long_as_the_receiver_says_and_at_most_a_day() -> None:
    assert sent((429, {"Retry-After": "120"}, b""))[0].retry_after == 120
    assert sent((503, {"Retry-After": email.utils.formatdate(NOW + 60, usegmt=True)}, b""))[0].retry_after == 60
    assert sent((429, {"Retry-After": "999999"}, b""))[0].retry_after == 86400
    assert sent((429, {"Retry-After": "soon"}, b""))[0].retry_after is None
    assert sent((500, {"Retry-After": "120"}, b""))[0].retry_after is None


def test_a_repetition_has_the_same_id_and_the_schedule_is_the_standards() -> None:
    first, again = sent((500, {}, b""))[1], sent((200, {}, b""))[1]

    assert first.seen[0].headers["webhook-id"] == again.seen[0].headers["webhook-id"] == "dlv_1"
    assert WEBHOOK.modes[0].retries == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    assert WEBHOOK.modes[0].repeat_safe_for == 0


def test_addresses_are_checked_in_words() -> None:
    check = next(f.check for f in WEBHOOK.fields if f.key == "url")
    assert check is not None

    assert check("https://shop.example/hooks?x=1") is None
    for wrong in (
        "shop.example",
        "ftp://shop.example",
        "https://ann:pass@shop.example",
        "https://",
        "https://shop.example:99999/",
        "https://a b/",
    ):
        assert "beginning with https://" in str(check(wrong))
