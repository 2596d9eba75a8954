"""CM.com: what its codes mean for the call and for each message, and what its reports say."""

import json
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Request, Stop
from integrations.http import Http
from integrations.providers.cm import answers
from tests.integrations.provider_http import ProviderHttp, provider_http
from tests.integrations.recordings.cm import INCOMING, REPORT, one, said, settings
from tests.integrations.replies import Reply, Seen

HTTP = Http()
CM = catalogue.provider("cm")
assert CM.receive is not None
RECEIVE = CM.receive


def messages(count: int) -> tuple[Message, ...]:
    return tuple(Message(f"dlv_{n}", f"+44770100000{n}", {"text": f"Your code: {n}"}, attempt_at=1_700_000_000) for n in range(count))


def asked(seen: Seen) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(seen.body)["messages"]["msg"]
    return listed


def sent(reply: Reply, count: int = 2) -> tuple[list[Outcome], ProviderHttp]:
    with provider_http(reply) as provider:
        return list(CM.modes[0].send(HTTP, settings(provider.url), Batch(messages(count)))), provider


def listing(*codes: int) -> Reply:
    return said(201, "", [one({"to": [{"number": f"0044770100000{n}"}], "reference": str(n)}, code) for n, code in enumerate(codes)])


def test_a_call_is_what_cm_documents() -> None:
    outcomes, provider = sent(listing(0, 0))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED] * 2
    (seen,) = provider.seen
    assert seen.path == "/v1.0/message"
    assert json.loads(seen.body)["messages"]["authentication"] == {"producttoken": "hidden-word-of-cm"}
    assert asked(seen)[1] == {
        "from": "Maple", "to": [{"number": "00447701000001"}], "body": {"type": "auto", "content": "Your code: 1"}, "reference": "1",
        "minimumNumberOfMessageParts": 1, "maximumNumberOfMessageParts": 8, "allowedChannels": ["SMS"],
    }  # fmt: skip


def test_a_reference_fits_in_32_characters() -> None:
    assert answers.reference("dlv_" + "f" * 32) == "f" * 32
    assert answers.reference("0190b2a0-0000-7000-8000-000000000001") == "0190b2a0000070008000000000000001"


@pytest.mark.parametrize("code", answers.REFUSED)
def test_a_code_of_one_message_refuses_only_that(code: int) -> None:
    outcomes, _ = sent(listing(0, code))

    assert [(o.fate, o.reason) for o in outcomes] == [(Fate.ACCEPTED, ""), (Fate.REFUSED, answers.REFUSED[code])]


@pytest.mark.parametrize("code", [500, 999, 777])
def test_a_code_that_says_nothing_leaves_one_unsure(code: int) -> None:
    outcomes, _ = sent(listing(0, code))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, Fate.UNSURE]


def test_rejected_without_a_code_is_no_yes() -> None:
    item = one({"to": [{"number": "00447701000000"}], "reference": "0"}) | {"status": "Rejected"}

    outcomes, _ = sent(said(0, "", [item]), 1)

    assert [o.fate for o in outcomes] == [Fate.REFUSED]


def test_without_references_numbers_tell_and_who_is_not_listed_is_unsure() -> None:
    item = one({"to": [{"number": "+447701000000"}], "reference": ""}, 303)

    outcomes, _ = sent(said(201, "", [item]))

    assert [o.fate for o in outcomes] == [Fate.REFUSED, Fate.UNSURE]


@pytest.mark.parametrize("code", answers.STOPS)
@pytest.mark.parametrize("listed", [True, False])
def test_token_balance_and_sender_pause_the_connection(code: int, listed: bool) -> None:
    with pytest.raises(Stop) as stopped:
        sent(listing(code, code) if listed else said(code, "SECRET BYTES", status=400))

    assert str(stopped.value) == answers.STOPS[code]


def test_what_was_taken_before_the_balance_ran_out_is_known() -> None:
    with provider_http(listing(0, 102)) as provider:
        sending = CM.modes[0].send(HTTP, settings(provider.url), Batch(messages(2)))
        assert next(sending).fate is Fate.ACCEPTED
        with pytest.raises(Stop, match="balance"):
            next(sending)


@pytest.mark.parametrize("code", answers.CONFIGS)
def test_a_call_it_does_not_understand_pauses_the_distribution(code: int) -> None:
    with pytest.raises(Config):
        sent(said(code, "SECRET BYTES", status=400))


def test_a_call_refused_as_a_whole_is_halved_until_one_stands_alone() -> None:
    def answer(seen: Seen) -> Reply:
        if any(message["reference"] == "3" for message in asked(seen)):
            return said(303, "SECRET BYTES", status=400)
        return said(0, "", [one(message) for message in asked(seen)])

    with provider_http(answer) as provider:
        outcomes = list(CM.modes[0].send(HTTP, settings(provider.url), Batch(messages(8))))

    assert [o.message_id for o in outcomes if o.fate is Fate.REFUSED] == ["dlv_3"]
    assert sum(o.fate is Fate.ACCEPTED for o in outcomes) == 7


@pytest.mark.parametrize(
    ("reply", "fate"),
    [
        ((200, {}, b"<html>"), Fate.UNSURE),
        (said(0, "Created"), Fate.ACCEPTED),
        (said(500, "SECRET", status=500), Fate.UNSURE),
        (said(999, "SECRET"), Fate.UNSURE),
        ((502, {}, b""), Fate.UNSURE),
        ((503, {}, b""), Fate.LATER),
    ],
)
def test_what_else_an_answer_means(reply: Reply, fate: Fate) -> None:
    outcomes, _ = sent(reply)

    assert [o.fate for o in outcomes] == [fate] * 2
    assert not any("SECRET" in o.reason for o in outcomes)


@pytest.mark.parametrize("status", [302, 400, 404])
def test_what_is_not_the_gateway_refuses_nobody(status: int) -> None:
    with pytest.raises((Stop, Config), match=f"{status}|gateway"):
        sent((status, {}, b"<html>"))


@pytest.mark.parametrize(
    ("code", "happened"),
    [
        ("0", Happened.ACCEPTED),
        ("1", Happened.BOUNCED_SOFT),
        ("2", Happened.DELIVERED),
        ("3", Happened.BOUNCED_SOFT),
        ("4", Happened.OPENED),
    ],
)
def test_reports_in_our_words(code: str, happened: Happened) -> None:
    told = {"messages": {"msg": [REPORT["messages"]["msg"] | {"status": {"code": code, "errorDescription": "SECRET"}}]}}

    received = RECEIVE(settings(""), Request({}, json.dumps(told).encode()))

    (receipt,) = received.receipts
    assert (receipt.happened, receipt.message_id, received.signed) == (happened, "dlv_1", False)
    assert "SECRET" not in receipt.reason


@pytest.mark.parametrize("told", [[], {}, {"messages": {}}, {"messages": {"msg": "x"}}, {"messages": {"msg": {"status": {"code": "9"}}}}])
def test_reports_that_say_nothing_are_left_out(told: object) -> None:
    received = RECEIVE(settings(""), Request({}, json.dumps(told).encode()))

    assert (received.genuine, received.receipts) == (True, ())


def test_an_answer_that_is_no_stop_stops_nobody() -> None:
    told = INCOMING | {"message": {"text": "Thank you, do not stop"}}

    assert RECEIVE(settings(""), Request({}, json.dumps(told).encode())).receipts == ()


def test_what_answers_an_empty_call_in_another_way_is_not_the_gateway() -> None:
    with provider_http((200, {}, b"<html>")) as provider:
        assert CM.check(HTTP, settings(provider.url), 0).problems == ("That is not CM.com’s gateway: it answered 200.",)
