"""Webhooks: signed as the standard says, repeated until they are taken."""

import email.utils
import hmac
import time

import pytest
import standardwebhooks

from integrations import catalogue, signatures
from integrations.contract import Batch, Config, Fate, Message, Outcome, PeerTrouble, Stop
from integrations.http import Http
from tests.integrations.provider_http import ProviderHttp, provider_http
from tests.integrations.recordings.webhook import OLD, SECRET, settings
from tests.integrations.replies import Reply

HTTP = Http()
WEBHOOK = catalogue.provider("webhook")


def now() -> int:
    return int(time.time())


def sent(answer: Reply, **changes: str) -> tuple[Outcome, ProviderHttp]:
    with provider_http(answer) as provider:
        batch = Batch((Message("dlv_1", "", slots={"%c%": "ABC"}, attempt_at=now()),), {"payload": '{"code": "%c%"}'})
        (outcome,) = WEBHOOK.modes[0].send(HTTP, settings(provider.url) | changes, batch)
    return outcome, provider


def test_the_standards_own_library_believes_us_with_either_secret() -> None:
    _, provider = sent((200, {}, b""))

    (seen,) = provider.seen
    assert seen.body == b'{"code": "ABC"}'
    for secret in (SECRET, OLD):
        assert standardwebhooks.Webhook(secret).verify(seen.body, seen.headers) == {"code": "ABC"}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(signatures.new_webhook_secret()).verify(seen.body, seen.headers)


def test_the_published_vector() -> None:
    given = {"id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": 1614265330, "body": b'{"test": 2432232314}'}
    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    assert signatures.webhook_signature([SECRET], **given) == wanted
    assert signatures.webhook_signature_is_valid(SECRET, f"v1,other {wanted}", **given)
    assert not signatures.webhook_signature_is_valid(OLD, wanted, **given)


def test_own_headers_travel_and_cannot_replace_ours() -> None:
    _, provider = sent((200, {}, b""), headers="Authorization: Bearer 1\n\nX-Shop: a:b")

    assert provider.seen[0].headers["authorization"] == "Bearer 1"
    assert provider.seen[0].headers["x-shop"] == "a:b"
    check = next(f.check for f in WEBHOOK.fields if f.key == "headers")
    assert check is not None
    assert check("Webhook-Id: 1") == "The header webhook-id is set by Largesse; leave it out."
    assert "Name: value" in str(check("no colon"))


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b'{"a":1}', "a17d2ac229d1ebbb5f10e839c7985c4818e5986eab297f7e5979196d4d7d3ed2"),
        (b'{ "a" :\n 1 }', "a17d2ac229d1ebbb5f10e839c7985c4818e5986eab297f7e5979196d4d7d3ed2"),
        (b'{"a\\"b": 1}', "f7cf97814a03146abedb9793f56e1dec34f618f82d10395310d053f749483ffb"),
        (b"  message  ", "53ff92957e1427ce23ad5bda9d0c5f2f4ff384d0806b83eeacb510c842d3a358"),
    ],
)
def test_voucherifys_vectors(body: bytes, signature: str) -> None:
    assert signatures.voucherify_signature("secretKey", body) == signature


def test_voucherifys_signature_is_an_option_beside_the_standards() -> None:
    _, both = sent((200, {}, b""))
    _, one = sent((200, {}, b""), voucherify="", voucherify_key="")

    compact = b'{"code":"ABC"}'
    assert both.seen[0].headers["x-voucherify-signature"] == hmac.digest(b"secretKey", compact, "sha256").hex()
    assert both.seen[0].headers["webhook-signature"].startswith("v1,")
    assert "x-voucherify-signature" not in one.seen[0].headers


def test_what_was_said_is_told_without_secrets_and_cut() -> None:
    long = b"x" * 5000
    answer = b"You sent hidden-word and " + SECRET.encode() + b"\x00\n" + long
    outcome, _ = sent((422, {"Set-Cookie": "session=1", "X-Echo": "Bearer hidden-word"}, answer))

    said = outcome.exchange
    assert said is not None
    assert (said.message_id, said.status, said.body) == ("dlv_1", 422, '{"code": "ABC"}')
    assert said.milliseconds >= 0
    assert said.headers["authorization"] == "•••"
    assert said.headers["webhook-id"] == "dlv_1"
    assert said.answer_headers["set-cookie"] == "•••"
    assert said.answer_headers["x-echo"] == "•••"
    assert said.answer_body.startswith("You sent ••• and •••\nxxx")
    assert said.answer_body.endswith("more characters)")
    assert len(said.answer_body) < 4200
    assert not any(word in repr(said) for word in ("hidden-word", SECRET, "secretKey", "\x00"))


def test_a_stop_and_a_silence_are_told_too() -> None:
    with pytest.raises(Stop) as stop:
        sent((410, {}, b"gone"))
    assert stop.value.exchange is not None
    assert (stop.value.exchange.status, stop.value.exchange.answer_body) == (410, "gone")

    outcome, _ = sent("cut")
    assert outcome.exchange is not None
    assert outcome.exchange.status is None
    assert "broke" in outcome.exchange.reason


def test_a_part_may_name_its_own_type() -> None:
    with provider_http((200, {}, b"")) as provider:
        batch = Batch((Message("dlv_1", "", parts={"payload": "<a/>", "content_type": "text/xml"}, attempt_at=now()),))
        list(WEBHOOK.modes[0].send(HTTP, settings(provider.url), batch))

    assert provider.seen[0].headers["content-type"] == "text/xml"


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_only_two_hundreds_are_a_yes(status: int) -> None:
    assert sent((status, {}, b""))[0].fate is Fate.ACCEPTED


@pytest.mark.parametrize("status", [400, 404, 413, 422, 429, 500, 502, 503, 504])
def test_everything_else_comes_again(status: int) -> None:
    outcome, provider = sent((status, {"Location": "http://127.0.0.1/"}, b""))

    assert (outcome.fate, outcome.reason) == (Fate.LATER, f"The address answered {status}.")
    assert len(provider.seen) == 1


@pytest.mark.parametrize("status", [401, 403, 410])
def test_who_wants_no_more_stops_the_connection(status: int) -> None:
    with pytest.raises(Stop, match=str(status)):
        sent((status, {}, b""))


def test_a_pause_is_as_long_as_the_receiver_says_and_at_most_a_day() -> None:
    def waits(after: str) -> float | None:
        wait = sent((429, {"Retry-After": after}, b""))[0].wait
        return wait and wait.seconds

    assert waits("120") == 120
    assert waits("999999") == 86400
    assert waits("soon") == 10
    unavailable = sent((503, {"Retry-After": email.utils.formatdate(now() + 60, usegmt=True)}, b""))[0]
    assert (unavailable.retry_after, unavailable.wait) == (60, None), "that is about this message alone"


@pytest.mark.parametrize("status", [301, 302, 307])
def test_an_address_that_sends_elsewhere_took_nothing(status: int) -> None:
    with pytest.raises(Config, match=str(status)):
        sent((status, {"Location": "http://127.0.0.1/"}, b""))


def test_after_one_that_asks_for_a_pause_or_fails_the_others_are_not_tried() -> None:
    for reply in ((429, {}, b""), (500, {}, b""), "cut"):
        with provider_http(reply) as provider:
            given = Batch(tuple(Message(id=f"dlv_{n}", address="", parts={"payload": "{}"}, attempt_at=now()) for n in range(3)))
            outcomes = list(WEBHOOK.modes[0].send(HTTP.for_call(), settings(provider.url), given))

        assert len(provider.seen) == 1
        assert [o.trouble for o in outcomes[1:]] == [PeerTrouble.UNTRIED] * 2
        assert {o.fate for o in outcomes} == {Fate.LATER}


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
