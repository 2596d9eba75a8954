"""Twilio: what its codes mean, whom its posts are believed, and what a STOP does."""

import dataclasses
import json
from urllib.parse import parse_qsl

import pytest

from integrations import catalogue, signatures
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Request, Stop
from integrations.http import Answer, Http
from integrations.providers.twilio import answers, receipts
from tests.integrations.provider_http import ProviderHttp, provider_http
from tests.integrations.recordings.twilio import CALLBACK, SID, TOKEN, WHERE, error, posted, settings
from tests.integrations.replies import Reply

HTTP = Http()
TWILIO = catalogue.provider("twilio")
assert TWILIO.receive is not None
RECEIVE = TWILIO.receive
OK: Reply = (201, {}, b'{"sid": "SM1", "status": "queued", "error_code": null}')
DINA = Message("dlv_1", "+447701000001", {"text": "Your code: Ä & 1"}, attempt_at=1_700_000_000)
VECTOR_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
"""These, and the signatures below: https://github.com/twilio/twilio-python, tests/unit/test_request_validator.py (MIT)."""


def sent(reply: Reply, changed: dict[str, str] | None = None, receipts_url: str = "") -> tuple[Outcome, ProviderHttp]:
    with provider_http(reply) as provider:
        (outcome,) = TWILIO.modes[0].send(HTTP, settings(provider.url) | (changed or {}), Batch((DINA,), receipts_url=receipts_url))
    return outcome, provider


def test_a_message_is_a_form_with_our_id_in_the_address_of_its_callback() -> None:
    outcome, provider = sent(OK, receipts_url="https://maple.example/receipts/w0rd")

    assert outcome == Outcome("dlv_1", Fate.ACCEPTED, provider_id="SM1")
    (seen,) = provider.seen
    assert seen.path == f"/2010-04-01/Accounts/{SID}/Messages.json"
    assert dict(parse_qsl(seen.body.decode())) == {
        "To": "+447701000001", "From": "+447700900018", "Body": "Your code: Ä & 1", "StatusCallback": WHERE,
    }  # fmt: skip
    assert seen.headers["authorization"].startswith("Basic U0s")


def test_a_messaging_service_takes_the_place_of_the_sender_and_a_token_that_of_the_key() -> None:
    _, provider = sent(OK, {"sender_kind": "service", "sign_in": "token"})

    said = dict(parse_qsl(provider.seen[0].body.decode()))
    assert said["MessagingServiceSid"].startswith("MG")
    assert set(said) == {"To", "MessagingServiceSid", "Body"}
    assert provider.seen[0].headers["authorization"].startswith("Basic QUM")


@pytest.mark.parametrize(
    ("region", "edge", "host"),
    [
        ("us1", "", "api.twilio.com"),
        ("us1", "ashburn", "api.ashburn.us1.twilio.com"),
        ("ie1", "", "api.ie1.twilio.com"),
        ("ie1", "dublin", "api.dublin.ie1.twilio.com"),
    ],
)
def test_region_and_edge_are_in_the_name_of_the_host(region: str, edge: str, host: str) -> None:
    class Noted(Http):
        def post(self, url: str, **given: object) -> Answer:
            asked.append(url)
            return Answer(201, {}, b"{}")

    asked: list[str] = []
    list(TWILIO.modes[0].send(Noted(), settings("") | {"region": region, "edge": edge}, Batch((DINA,))))

    assert asked == [f"https://{host}/2010-04-01/Accounts/{SID}/Messages.json"]


@pytest.mark.parametrize("code", answers.REFUSED)
def test_codes_about_the_recipient_refuse_only_them(code: int) -> None:
    outcome, _ = sent(error(code, "+447701000001 SECRET BYTES"))

    assert (outcome.fate, outcome.reason) == (Fate.REFUSED, answers.REFUSED[code])
    assert outcome.because == (Happened.STOPPED if code == 21610 else None)


@pytest.mark.parametrize("code", answers.STOPS)
def test_codes_about_account_and_sender_pause_the_connection(code: int) -> None:
    with pytest.raises(Stop) as stopped:
        sent(error(code, "SECRET BYTES", 401 if code == 20003 else 400))

    assert str(stopped.value) == answers.STOPS[code]


@pytest.mark.parametrize("code", answers.CONFIGS)
def test_codes_about_the_words_pause_the_distribution(code: int) -> None:
    with pytest.raises(Config) as paused:
        sent(error(code, "SECRET BYTES"))

    assert str(paused.value) == answers.CONFIGS[code]


@pytest.mark.parametrize(
    ("reply", "fate", "wait"),
    [
        (error(20429, "", 429), Fate.LATER, 2),
        ((429, {"Retry-After": "9"}, b""), Fate.LATER, 9),
        (error(21611, "queue"), Fate.LATER, 60),
        (error(20503, "", 503), Fate.LATER, None),
        ((503, {}, b"<html>"), Fate.LATER, None),
        (error(20500, "", 500), Fate.UNSURE, None),
        ((502, {}, b""), Fate.UNSURE, None),
        (error(21999, "SECRET BYTES"), Fate.REFUSED, None),
        ((201, {}, b"no json"), Fate.UNSURE, None),
        ((201, {}, b'{"sid": "SM1", "status": "failed", "error_code": 30006}'), Fate.REFUSED, None),
    ],
)
def test_what_else_an_answer_means(reply: Reply, fate: Fate, wait: float | None) -> None:
    outcome, _ = sent(reply)

    assert (outcome.fate, outcome.wait and outcome.wait.seconds) == (fate, wait)
    assert "SECRET" not in outcome.reason


@pytest.mark.parametrize("status", [301, 400, 422])
def test_what_is_not_twilio_refuses_nobody(status: int) -> None:
    with pytest.raises((Stop, Config), match=f"Twilio.* {status}"):
        sent((status, {}, b"<html>SECRET BYTES</html>"))


def test_an_sms_without_words_is_our_mistake() -> None:
    with pytest.raises(Config, match="needs words"):
        list(TWILIO.modes[0].send(HTTP, settings(""), Batch((dataclasses.replace(DINA, parts={"text": " "}),))))


def test_signatures_of_forms_are_those_of_the_vectors() -> None:
    said = [("CallSid", "CA1234567890ABCDE"), ("Digits", "1234"), ("From", "+14158675309"), ("To", "+18005551212"),
            ("Caller", "+14158675309")]  # fmt: skip
    twice = parse_qsl("Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234")

    assert signatures.form_signature("12345", VECTOR_URL, said) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert signatures.form_signature("12345", VECTOR_URL, twice) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


def test_a_body_that_is_no_form_is_signed_by_its_hash() -> None:
    hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    request = Request(
        {"x-twilio-signature": "a9nBmqA0ju/hNViExpshrM61xv4="}, b'{"property": "value", "boolean": true}', f"{VECTOR_URL}&bodySHA256={hash}"
    )
    known = settings("") | {"auth_token": "12345"}

    assert RECEIVE(known, request).genuine
    assert not RECEIVE(known, dataclasses.replace(request, body=b"{}")).genuine


@pytest.mark.parametrize(
    ("signed", "heard"),
    [
        (WHERE, "https://maple.example:443/receipts/w0rd?message=dlv_1"),
        ("https://maple.example:443/receipts/w0rd?message=dlv_1", WHERE),
    ],
)
def test_a_port_in_the_address_makes_no_difference(signed: str, heard: str) -> None:
    assert RECEIVE(settings(""), dataclasses.replace(posted(CALLBACK, signed), url=heard)).genuine


def test_while_the_token_changes_both_are_believed_and_no_third() -> None:
    assert RECEIVE(settings(""), posted(CALLBACK, token="the-token-before")).genuine
    assert not RECEIVE(settings(""), posted(CALLBACK, token="another-token")).genuine
    assert not RECEIVE(settings("") | {"old_auth_token": ""}, posted(CALLBACK, token="")).genuine


def test_a_receipt_for_one_message_is_none_for_another() -> None:
    assert not RECEIVE(settings(""), dataclasses.replace(posted(CALLBACK), url=WHERE.replace("dlv_1", "dlv_2"))).genuine


@pytest.mark.parametrize(("word", "happened"), receipts.STATUSES.items())
def test_every_status_has_a_meaning(word: str, happened: Happened) -> None:
    (receipt,) = RECEIVE(settings(""), posted({**CALLBACK, "MessageStatus": word, "ErrorCode": ""})).receipts

    assert (receipt.happened, receipt.message_id) == (happened, "dlv_1")
    assert bool(receipt.reason) == (happened is Happened.BOUNCED_SOFT)


@pytest.mark.parametrize(("code", "permanent"), [("30005", True), ("21614", True), ("30003", False), ("30007", False)])
def test_a_number_that_is_nobodys_is_not_written_to_again(code: str, permanent: bool) -> None:
    (receipt,) = RECEIVE(settings(""), posted({**CALLBACK, "MessageStatus": "undelivered", "ErrorCode": code})).receipts

    assert receipt.happened is (Happened.BOUNCED if permanent else Happened.BOUNCED_SOFT)


def test_a_stop_found_out_late_concerns_the_address() -> None:
    receipts = RECEIVE(settings(""), posted({**CALLBACK, "MessageStatus": "failed", "ErrorCode": "21610"})).receipts

    assert [(r.happened, r.because, r.address) for r in receipts] == [(Happened.DROPPED, Happened.STOPPED, "+447701000001")]


@pytest.mark.parametrize(
    ("said", "happened"),
    [
        ({"Body": "STOP"}, Happened.STOPPED),
        ({"Body": "Stop all!"}, Happened.STOPPED),
        ({"Body": "arrêt", "OptOutType": "STOP"}, Happened.STOPPED),
        ({"Body": "unstop"}, Happened.RESUBSCRIBED),
        ({"Body": "x", "OptOutType": "START"}, Happened.RESUBSCRIBED),
        ({"Body": "Please do not stop"}, None),
        ({"Body": "STOP", "OptOutType": "HELP"}, None),
        ({"Body": ""}, None),
    ],
)
def test_an_answer_of_a_recipient(said: dict[str, str], happened: Happened | None) -> None:
    received = RECEIVE(settings(""), posted({"From": "+447701000001", "SmsStatus": "received", **said}))

    assert [r.happened for r in received.receipts] == ([happened] if happened else [])
    assert (received.reply, received.reply_type) == ('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")


def test_a_status_nobody_knows_is_taken_and_means_nothing() -> None:
    assert RECEIVE(settings(""), posted({**CALLBACK, "MessageStatus": "teleported"})).receipts == ()


@pytest.mark.parametrize(("said", "works"), [({"status": "active"}, True), ({"status": "suspended"}, False), ([], False)])
def test_a_suspended_account_is_told(said: object, works: bool) -> None:
    with provider_http((200, {}, json.dumps(said).encode())) as provider:
        assert TWILIO.check(HTTP, settings(provider.url) | {"sign_in": "token"}, 0).works == works
    assert provider.seen[0].path == f"/2010-04-01/Accounts/{SID}.json"
    assert TOKEN not in provider.seen[0].path
