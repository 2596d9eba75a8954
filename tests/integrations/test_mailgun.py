"""Mailgun: one call for a thousand, and what its answers and events mean."""

import dataclasses
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Batch, Check, Config, Fate, Happened, Message, Outcome, Request, Stop
from integrations.http import Http
from integrations.providers.mailgun import receipts
from tests.integrations.provider_http import Answers, ProviderHttp, provider_http
from tests.integrations.recordings.mailgun import FAILED, NO_ADDRESS, TAKEN, error, event, form, posted, settings, variables
from tests.integrations.replies import Reply, Seen

HTTP = Http()
MAILGUN = catalogue.provider("mailgun")
assert MAILGUN.receive is not None
RECEIVE = MAILGUN.receive
PARTS = {"from_email": "hello@maple.example", "from_name": 'Maple "& Rye"', "reply_to": "re@maple.example"}
TEMPLATE = {"subject": "For %lg-subject-0%", "text": "%lg-text-0%", "html": "<p>%lg-html-0%</p>"}


def message(number: int, address: str = "", **slots: str) -> Message:
    values = {"%lg-subject-0%": "Dina", "%lg-text-0%": f"CODE-{number}", "%lg-html-0%": f"CODE-{number}"} | slots
    return Message(
        f"dlv_{number}",
        address or f"dina{number}@example.com",
        PARTS,
        values,
        unsubscribe_url=f"https://largesse.example/u/{number}",
        tags={"distribution": "d1"},
        attempt_at=1_700_000_000,
    )


def sent(answers: Answers, *messages: Message) -> tuple[list[Outcome], ProviderHttp]:
    """What became of the messages where the provider answers so."""
    with provider_http(answers) as provider:
        return list(MAILGUN.modes[0].send(HTTP, settings(provider.url), Batch(messages, TEMPLATE))), provider


def test_the_template_travels_once_with_slots_as_recipient_variables() -> None:
    outcomes, provider = sent(TAKEN, *(message(n) for n in range(1000)))

    (seen,) = provider.seen
    said = form(seen)
    assert (seen.path, seen.headers["authorization"]) == ("/v3/mg.maple.example/messages", "Basic YXBpOmtleS1oaWRkZW4td29yZA==")
    assert said["from"] == ["\"Maple '& Rye'\" <hello@maple.example>"]
    assert said["subject"] == ["For %recipient.largesse_1%"]
    assert (said["text"], said["html"]) == (["%recipient.largesse_2%"], ["<p>%recipient.largesse_0%</p>"])
    assert said["h:Reply-To"] == ["re@maple.example"]
    assert said["h:List-Unsubscribe"] == ["%recipient.largesse_unsubscribe%"]
    assert said["h:List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"]
    assert said["v:largesse_message"] == ["%recipient.largesse_message%"]
    assert said["v:largesse_distribution"] == ["%recipient.largesse_distribution%"]
    assert "o:testmode" not in said
    assert len(said["to"]) == len(variables(seen)) == 1000
    assert variables(seen)["dina7@example.com"] == {
        "largesse_0": "CODE-7",
        "largesse_1": "Dina",
        "largesse_2": "CODE-7",
        "largesse_message": "dlv_7",
        "largesse_distribution": "d1",
        "largesse_unsubscribe": "<https://largesse.example/u/7>",
    }
    assert outcomes[7] == Outcome("dlv_7", Fate.ACCEPTED, provider_id="20261120103000.abc@mg.maple.example")


def test_what_has_no_slots_is_written_once_for_all() -> None:
    with provider_http(TAKEN) as provider:
        same = dataclasses.replace(message(1), slots={}, unsubscribe_url="")
        list(MAILGUN.modes[0].send(HTTP, settings(provider.url), Batch((same,), {"subject": "Hello", "text": "ünï"})))

    assert (form(provider.seen[0])["subject"], form(provider.seen[0])["text"]) == (["Hello"], ["ünï"])
    assert "h:List-Unsubscribe" not in form(provider.seen[0])


def test_one_bad_address_costs_only_itself() -> None:
    def answer(seen: Seen) -> Reply:
        return (400, {}, error(NO_ADDRESS)) if "dina5@example.com" in form(seen)["to"] else TAKEN

    outcomes, provider = sent(answer, *(message(n) for n in range(8)))

    assert [o.message_id for o in outcomes if o.fate is Fate.REFUSED] == ["dlv_5"]
    assert sum(o.fate is Fate.ACCEPTED for o in outcomes) == 7
    assert len(provider.seen) == 7


def test_many_bad_addresses_are_many_refusals() -> None:
    outcomes, _ = sent((400, {}, error(NO_ADDRESS)), *(message(n) for n in range(8)))

    assert [o.fate for o in outcomes] == [Fate.REFUSED] * 8


def test_a_refusal_of_everything_without_a_word_about_the_recipient_is_our_mistake() -> None:
    with pytest.raises(Config, match="refuses every message: Bad Request"):
        sent((400, {}, error("Bad Request")), *(message(n) for n in range(64)))


@pytest.mark.parametrize(
    "said",
    [
        "from parameter is missing.",
        "from parameter is not a valid address. please check documentation.",
        "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified.",
        "Send options (parameters starting with o:, h:, or v:) are limited to 16KB total",
    ],
)
def test_a_refusal_of_sender_or_words_pauses_the_distribution_at_once(said: str) -> None:
    with provider_http((400, {}, error(said))) as provider, pytest.raises(Config, match="refuses the message"):
        list(MAILGUN.modes[0].send(HTTP, settings(provider.url), Batch(tuple(message(n) for n in range(8)), TEMPLATE)))

    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    "said",
    [
        "Domain mg.maple.example is not allowed to send: The domain is unverified and requires DNS configuration.",
        "Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients.",
    ],
)
def test_a_domain_that_may_not_send_pauses_the_connection(said: str) -> None:
    with pytest.raises(Stop, match="does not let this domain send"):
        sent((400, {}, error(said)), message(1))


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405])
def test_what_stops_the_connection(status: int) -> None:
    with pytest.raises(Stop):
        sent((status, {}, b"Forbidden"), message(1))


@pytest.mark.parametrize(("status", "fate"), [(500, Fate.UNSURE), (502, Fate.UNSURE), (504, Fate.UNSURE), (503, Fate.LATER)])
def test_only_what_took_nothing_is_repeated(status: int, fate: Fate) -> None:
    outcomes, _ = sent((status, {}, b""), message(1), message(2))

    assert [o.fate for o in outcomes] == [fate, fate]


def test_a_pause_is_as_long_as_mailgun_says() -> None:
    words = error("Domain example.com is not allowed to send: account-requests-per-sec limit exceeded, try again after 120 seconds")
    waits = []
    for headers, body in (({}, words), ({"X-RateLimit-Reset": "1700000030"}, b"{}"), ({"Retry-After": "9"}, b""), ({}, b"{}")):
        outcomes, _ = sent((429, headers, body), message(1))
        assert outcomes[0].fate is Fate.LATER
        waits.append(outcomes[0].wait and outcomes[0].wait.seconds)

    assert waits == [120, 30, 9, 10]


def test_a_mail_too_big_alone_is_our_mistake() -> None:
    with pytest.raises(Config, match="too big"):
        sent((413, {}, b""), message(1))


def checked(*answers: Reply) -> Check:
    with provider_http(list(answers)) as provider:
        return MAILGUN.check(HTTP, settings(provider.url), 0)


def test_a_sending_key_is_tried_with_an_empty_mail() -> None:
    assert checked((401, {}, b"Forbidden"), (400, {}, error("from parameter is missing."))).works
    assert not checked((401, {}, b"Forbidden"), (401, {}, b"Forbidden")).works


def test_a_domain_that_cannot_send_is_told() -> None:
    assert "DNS" in checked((200, {}, b'{"domain": {"state": "unverified"}}')).problems[0]
    assert "disabled" in checked((200, {}, b'{"domain": {"state": "disabled"}}')).problems[0]
    assert "no such domain" in checked((404, {}, error("Domain not found"))).problems[0]


def test_the_signature_is_that_of_the_manual() -> None:
    """HMAC-SHA256 over time and token, worked out by hand once."""
    vector = {
        "timestamp": "1529006854",
        "token": "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0",
        "signature": "ea80a3596ce790aa20ccea2a5ba5f2f725e02026d71bc488e9308afc89b5907b",
    }

    assert receipts.signature_is_valid("key-test-signing", vector)
    assert not receipts.signature_is_valid("another", vector)
    for name, other in (("timestamp", "1529006855"), ("token", "b8"), ("signature", "00"), ("signature", "no hex")):
        assert not receipts.signature_is_valid("key-test-signing", vector | {name: other})
    assert not receipts.signature_is_valid("key-test-signing", None)


def test_what_was_checked_at_the_door_is_only_read() -> None:
    forged = posted(FAILED, key="another")

    assert not RECEIVE(settings(""), forged).genuine
    assert RECEIVE(settings(""), dataclasses.replace(forged, checked=True)).receipts
    assert not RECEIVE(settings("") | {"verification_key": ""}, forged).signed


@pytest.mark.parametrize(
    ("about", "happened", "because"),
    [
        ({"event": "accepted"}, Happened.ACCEPTED, None),
        ({"event": "delivered"}, Happened.DELIVERED, None),
        ({"reason": "bounce", "delivery-status": {"code": 550}}, Happened.BOUNCED, None),
        ({"severity": "temporary", "reason": "generic", "delivery-status": {"code": 452}}, Happened.DELAYED, None),
        ({"reason": "suppress-unsubscribe"}, Happened.DROPPED, Happened.UNSUBSCRIBED_ALL),
        ({"reason": "suppress-complaint"}, Happened.DROPPED, Happened.COMPLAINED),
        ({"reason": "suppress-bounce"}, Happened.DROPPED, Happened.BOUNCED),
        ({"reason": "old", "delivery-status": {"code": 606}}, Happened.DROPPED, Happened.UNSUBSCRIBED_ALL),
        ({"reason": "new", "delivery-status": {"code": 607}}, Happened.DROPPED, Happened.COMPLAINED),
        ({"reason": "generic", "delivery-status": {"code": 552}}, Happened.BOUNCED_SOFT, None),
        ({"reason": "old", "delivery-status": None}, Happened.BOUNCED_SOFT, None),
        ({"event": "rejected", "reject": {"reason": "Sandbox"}}, Happened.REFUSED, None),
        ({"event": "opened"}, Happened.OPENED, None),
        ({"event": "clicked"}, Happened.CLICKED, None),
        ({"event": "complained"}, Happened.COMPLAINED, None),
        ({"event": "unsubscribed"}, Happened.UNSUBSCRIBED_ALL, None),
    ],
)
def test_events_in_our_words(about: dict[str, Any], happened: Happened, because: Happened | None) -> None:
    (receipt,) = RECEIVE(settings(""), posted(event(**about))).receipts

    assert (receipt.happened, receipt.because, receipt.message_id, receipt.at) == (happened, because, "dlv_1", 1521233195)
    assert receipt.provider_id == "20130503192659.13651.20287@mg.maple.example"


@pytest.mark.parametrize("about", [event(event="stored"), event(event=3), {}, "text", None])
def test_events_that_say_nothing_are_left_out(about: object) -> None:
    received = RECEIVE(settings(""), posted(about))

    assert received.genuine
    assert received.receipts == ()


@pytest.mark.parametrize("body", [b"[]", b"3", b'"text"', b"null"])
def test_what_is_no_event_is_not_believed(body: bytes) -> None:
    assert not RECEIVE(settings("") | {"verification_key": ""}, Request({}, body)).genuine


def test_an_event_without_our_variables_names_their_message() -> None:
    (receipt,) = RECEIVE(settings(""), posted({**FAILED, "user-variables": {}})).receipts

    assert (receipt.message_id, receipt.address) == ("", "alice@example.com")
    assert receipt.provider_id


@pytest.mark.parametrize(
    ("status", "words", "said"), [(403, "Free accounts: monthly limit exceeded", "plan is used up"), (401, "Forbidden", "API key")]
)
def test_a_refusal_to_let_us_in_is_told_by_its_words(status: int, words: str, said: str) -> None:
    with pytest.raises(Stop, match=said):
        sent((status, {}, error(words)), message(1))


def test_420_is_a_pause() -> None:
    outcomes, _ = sent((420, {}, error("please try again after 33 seconds")), message(1))

    assert outcomes[0].wait is not None
    assert outcomes[0].wait.seconds == 33
