"""Textlocal: failures inside HTTP 200, calls that succeed in part, and receipts that name only a call and a number."""

import json
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Receipt, Stop
from integrations.http import Http
from integrations.providers.textlocal import answers
from tests.integrations.provider_http import ProviderHttp, provider_http
from tests.integrations.recordings.textlocal import answered, asked, failure, posted, settings, success
from tests.integrations.replies import Reply, Seen

HTTP = Http()
TEXTLOCAL = catalogue.provider("textlocal")
assert TEXTLOCAL.receive is not None
RECEIVE = TEXTLOCAL.receive
FIRST = 447701000000


def messages(count: int, text: str = "Your code: 1&2 %41") -> tuple[Message, ...]:
    return tuple(Message(f"dlv_{n}", f"+{FIRST + n}", {"text": text}, attempt_at=1_700_000_000) for n in range(count))


def sent(
    reply: Reply, count: int = 2, changed: dict[str, str] | None = None, mode: str = "bulk", **given: Any
) -> tuple[list[Outcome], ProviderHttp]:
    with provider_http(reply) as provider:
        batch = Batch(messages(count, **given), receipts_url="https://maple.example/receipts/w0rd")
        return list(TEXTLOCAL.mode(mode).send(HTTP, settings(provider.url) | (changed or {}), batch)), provider


OK = answered(success([FIRST, FIRST + 1], []))


def test_a_call_is_what_textlocal_documents() -> None:
    outcomes, provider = sent(OK)

    assert [(o.fate, o.provider_id) for o in outcomes] == [(Fate.ACCEPTED, f"dlv_0/{FIRST}"), (Fate.ACCEPTED, f"dlv_0/{FIRST + 1}")]
    form, _ = asked(provider.seen[0])
    assert (form["apikey"], form["format"]) == ("hidden-word-of-textlocal", "json")
    assert json.loads(form["data"]) == {
        "sender": "Maple Rye", "test": True, "custom": "dlv_0", "receipt_url": "https://maple.example/receipts/w0rd",
        "messages": [{"number": FIRST + n, "text": "Your%20code%3A%201%262%20%2541"} for n in range(2)],
    }  # fmt: skip


def test_a_moved_account_sends_one_a_call() -> None:
    outcomes, provider = sent(answered({"status": "success", "messages": [{"id": "1", "recipient": FIRST}]}), 1, mode="one")

    assert [(o.fate, o.provider_id) for o in outcomes] == [(Fate.ACCEPTED, f"dlv_0/{FIRST}")]
    assert provider.seen[0].path == "/send/"
    form, _ = asked(provider.seen[0])
    assert form == {
        "apikey": "hidden-word-of-textlocal", "format": "json", "numbers": str(FIRST), "sender": "Maple Rye", "custom": "dlv_0",
        "message": "Your code: 1&2 %41", "test": "true", "receipt_url": "https://maple.example/receipts/w0rd",
    }  # fmt: skip


@pytest.mark.parametrize(("text", "switch", "wanted"), [("Zażółć", "yes", True), ("Zażółć", "", False), ("Grüße: 5 €", "yes", False)])
def test_other_letters_are_sent_as_such_only_where_the_account_may(text: str, switch: str, wanted: bool) -> None:
    _, provider = sent(OK, changed={"unicode": switch}, text=text)

    assert all(("unicode" in message) == wanted for message in asked(provider.seen[0])[1])


@pytest.mark.parametrize("code", answers.STOPS)
def test_key_credits_and_sender_pause_the_connection(code: int) -> None:
    with pytest.raises(Stop) as stopped:
        sent(failure(code))

    assert str(stopped.value) == answers.STOPS[code]


@pytest.mark.parametrize("code", answers.CONFIGS)
def test_words_it_does_not_take_pause_the_distribution(code: int) -> None:
    with pytest.raises(Config) as paused:
        sent(failure(code))

    assert str(paused.value) == answers.CONFIGS[code]


@pytest.mark.parametrize("code", answers.NO_RECIPIENT)
def test_a_failure_about_a_number_costs_only_that(code: int) -> None:
    def answer(seen: Seen) -> Reply:
        numbers = [message["number"] for message in asked(seen)[1]]
        return failure(code) if FIRST + 3 in numbers else answered(success(numbers, []))

    with provider_http(answer) as provider:
        outcomes = list(TEXTLOCAL.mode("bulk").send(HTTP, settings(provider.url), Batch(messages(8))))

    assert [(o.message_id, o.reason) for o in outcomes if o.fate is Fate.REFUSED] == [("dlv_3", answers.NO_RECIPIENT[code])]
    assert sum(o.fate is Fate.ACCEPTED for o in outcomes) == 7


@pytest.mark.parametrize("code", answers.LATER)
def test_an_hour_without_offers_is_waited_out(code: int) -> None:
    outcomes, _ = sent(failure(code))

    assert [(o.fate, o.retry_after) for o in outcomes] == [(Fate.LATER, 3600)] * 2


def test_a_failure_of_everything_is_our_mistake_and_refuses_few() -> None:
    with pytest.raises(Config, match="refuses every message: Textlocal answered with code 777"):
        sent(failure(777), 64)


@pytest.mark.parametrize(("code", "fate"), [(32, Fate.REFUSED), (777, Fate.REFUSED), (192, Fate.LATER)])
def test_what_was_not_sent_is_told_apart(code: int, fate: Fate) -> None:
    said = success([FIRST], [FIRST + 1])
    said["messages_not_sent"][0]["error"]["code"] = code

    outcomes, _ = sent(answered(said))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, fate]
    assert "SECRET" not in outcomes[1].reason


def test_a_warning_names_the_numbers_it_left_out() -> None:
    warnings = [{"code": 3, "message": "Invalid number", "numbers": str(FIRST)}]

    outcomes, _ = sent(answered(success([FIRST + 1], []) | {"warnings": warnings}))

    assert [(o.fate, o.reason) for o in outcomes] == [(Fate.REFUSED, "The number is not valid."), (Fate.ACCEPTED, "")]


def test_credits_that_end_half_way_keep_what_was_sent_and_refuse_nobody() -> None:
    said = success([FIRST], [FIRST + 1])
    said["messages_not_sent"][0]["error"]["code"] = 7
    with provider_http(answered(said)) as provider:
        sending = TEXTLOCAL.mode("bulk").send(HTTP, settings(provider.url), Batch(messages(2)))
        assert next(sending).fate is Fate.ACCEPTED
        with pytest.raises(Stop, match="credits"):
            next(sending)


def test_whom_a_list_leaves_out_is_unsure() -> None:
    outcomes, _ = sent(answered(success([FIRST], [])))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, Fate.UNSURE]
    assert outcomes[1].provider_id == f"dlv_0/{FIRST + 1}"


@pytest.mark.parametrize(
    ("reply", "fate"),
    [
        ((200, {}, b"<html>SECRET"), Fate.UNSURE),
        ((200, {}, b'{"status": "failure"}'), Fate.UNSURE),
        ((502, {}, b""), Fate.UNSURE),
        ((503, {}, b""), Fate.LATER),
        ("cut", Fate.UNSURE),
    ],
)
def test_what_else_an_answer_means(reply: Reply, fate: Fate) -> None:
    outcomes, _ = sent(reply)

    assert [o.fate for o in outcomes] == [fate] * 2
    assert not any("SECRET" in o.reason for o in outcomes)
    assert all(o.provider_id for o in outcomes), "a receipt finds it"


@pytest.mark.parametrize("status", [302, 400, 404])
def test_what_is_not_textlocal_refuses_nobody(status: int) -> None:
    with pytest.raises((Stop, Config), match=f"{status}|API"):
        sent((status, {}, b"<html>"))


@pytest.mark.parametrize(
    ("status", "happened"),
    [("D", Happened.DELIVERED), ("U", Happened.BOUNCED_SOFT), ("I", Happened.BOUNCED), ("E", Happened.BOUNCED_SOFT),
     ("P", Happened.ACCEPTED)],
)  # fmt: skip
def test_receipts_in_our_words(status: str, happened: Happened) -> None:
    received = RECEIVE(settings(""), posted(number="447701000001", status=status, customID="dlv_0"))

    (receipt,) = received.receipts
    assert (receipt.happened, receipt.provider_id) == (happened, "dlv_0/447701000001")
    assert (received.genuine, received.signed) == (True, False)


@pytest.mark.parametrize("said", [{"status": "?", "customID": "dlv_0"}, {"status": "D", "customID": ""}, {"status": "D"}])
def test_receipts_that_name_no_message_or_say_nothing_are_left_out(said: dict[str, str]) -> None:
    received = RECEIVE(settings(""), posted(number="447701000001", **said))

    assert (received.genuine, received.receipts) == (True, ())


@pytest.mark.parametrize(
    ("content", "heard"), [("STOP", True), ("maple stop.", True), ("Please stop", False), ("", False), ("maple", False)]
)
def test_a_stop_is_heard_alone_or_after_the_keyword(content: str, heard: bool) -> None:
    received = RECEIVE(settings(""), posted(inNumber="60777", sender="447701000001", keyword="MAPLE", content=content))

    assert received.receipts == ((Receipt(Happened.STOPPED, address="+447701000001"),) if heard else ())


def test_a_connection_that_only_tests_says_so() -> None:
    assert TEXTLOCAL.warnings is not None
    assert TEXTLOCAL.warnings(settings("")) == ("The switch Test is on: Textlocal takes every message and delivers none.",)
    assert TEXTLOCAL.warnings(settings("") | {"test": ""}) == ()
