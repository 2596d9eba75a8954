"""SendGrid: one call for a thousand, and what its answers and events mean."""

import dataclasses
import json

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Request, Stop, one_by_one
from integrations.http import Http
from tests.integrations.provider_http import Answers, ProviderHttp, provider_http
from tests.integrations.recordings.sendgrid import error, settings
from tests.integrations.replies import Reply, Seen

HTTP = Http()
SENDGRID = catalogue.provider("sendgrid")
assert SENDGRID.receive is not None
RECEIVE = SENDGRID.receive
PARTS = {"from_email": "hello@maple.example", "from_name": "Maple"}
TEMPLATE = {"subject": "For %lg-subject-0%", "text": "%lg-text-0%", "html": "<p>%lg-html-0%</p>"}
OK: Reply = (202, {"X-Message-Id": "sg1"}, b"")


def message(number: int, address: str = "", **slots: str) -> Message:
    values = {"%lg-subject-0%": "Dina", "%lg-text-0%": f"CODE-{number}", "%lg-html-0%": f"CODE-{number}"} | slots
    return Message(
        f"dlv_{number}", address or f"dina{number}@example.com", PARTS, values, attempt_at=1_700_000_000, tags={"distribution": "d1"}
    )


def sent(answers: Answers, *messages: Message, template: dict[str, str] | None = None) -> tuple[list[Outcome], ProviderHttp]:
    """What became of the messages where the provider answers so."""
    with provider_http(answers) as provider:
        given = Batch(messages, TEMPLATE if template is None else template)
        return list(one_by_one(SENDGRID.modes[0].send(HTTP, settings(provider.url), given))), provider


def calls(provider: ProviderHttp) -> list[dict[str, list[dict[str, object]]]]:
    return [json.loads(seen.body) for seen in provider.seen]


def test_the_template_travels_once_with_slots_as_substitutions() -> None:
    outcomes, provider = sent(OK, *(message(n) for n in range(1000)))

    (call,) = calls(provider)
    assert call["subject"] == "For %lg-subject-0%"
    assert call["content"][0] == {"type": "text/plain", "value": "%lg-text-0%"}
    assert len(call["personalizations"]) == 1000
    assert call["personalizations"][7]["substitutions"]["%lg-html-0%"] == "CODE-7"
    assert call["personalizations"][7]["custom_args"] == {"largesse_message": "dlv_7", "largesse_distribution": "d1"}
    assert {o.provider_id for o in outcomes} == {"sg1"}
    assert provider.seen[0].headers["authorization"] == "Bearer SG.hidden-word"
    assert provider.seen[0].headers["on-behalf-of"] == "shop"


def test_an_address_comes_once_in_a_call() -> None:
    outcomes, provider = sent(OK, message(1, "dina@example.com"), message(2, "DINA@example.com"))

    assert [len(call["personalizations"]) for call in calls(provider)] == [1, 1]
    assert {o.fate for o in outcomes} == {Fate.ACCEPTED}


def test_what_is_too_long_to_be_substituted_travels_alone_and_whole() -> None:
    _, provider = sent(OK, message(1), message(2, **{"%lg-html-0%": "x" * 10_001}), message(3))

    assert sorted(len(call["personalizations"]) for call in calls(provider)) == [1, 2]
    alone = next(call for call in calls(provider) if len(call["personalizations"]) == 1)
    assert alone["content"][1] == {"type": "text/html", "value": f"<p>{'x' * 10_001}</p>"}
    assert "substitutions" not in alone["personalizations"][0]


def test_senders_that_differ_need_calls_of_their_own() -> None:
    given = TEMPLATE | {"from_name": "Maple %lg-from_name-0%", "from_email": "hello@maple.example"}
    messages = [
        dataclasses.replace(message(n, **{"%lg-from_name-0%": name}), parts={}) for n, name in enumerate(["Berlin", "Paris", "Berlin"])
    ]

    _, provider = sent(OK, *messages, template=given)

    assert [(call["from"]["name"], len(call["personalizations"])) for call in calls(provider)] == [("Maple Berlin", 2), ("Maple Paris", 1)]


def test_several_refused_addresses_cost_one_repetition() -> None:
    bad = (400, {}, error("Does not contain a valid address.", "personalizations.0.to.0.email", "personalizations.3.to.0.email"))

    outcomes, provider = sent([bad, OK], *(message(n) for n in range(5)))

    assert {o.message_id for o in outcomes if o.fate is Fate.REFUSED} == {"dlv_0", "dlv_3"}
    assert [len(call["personalizations"]) for call in calls(provider)] == [5, 3]


def test_a_refusal_that_names_nobody_is_found_by_halves() -> None:
    def answer(seen: Seen) -> Reply:
        addresses = [p["to"][0]["email"] for p in json.loads(seen.body)["personalizations"]]
        return (400, {}, error("Bad Request")) if "dina5@example.com" in addresses else OK

    with provider_http(answer) as provider:
        given = Batch(tuple(message(n) for n in range(8)), TEMPLATE)
        outcomes = list(one_by_one(SENDGRID.modes[0].send(HTTP, settings(provider.url), given)))

    assert [o.message_id for o in outcomes if o.fate is Fate.REFUSED] == ["dlv_5"]
    assert sum(o.fate is Fate.ACCEPTED for o in outcomes) == 7


def test_a_refusal_of_everything_is_our_mistake_and_refuses_few() -> None:
    with pytest.raises(Config, match="refuses every message: Bad Request"):
        sent((400, {}, error("Bad Request")), *(message(n) for n in range(64)))


@pytest.mark.parametrize("field", ["subject", "content.0.value", "from.email"])
def test_a_refusal_of_the_words_pauses_the_distribution(field: str) -> None:
    with pytest.raises(Config, match="not allowed"):
        sent((400, {}, error("not allowed", field)), message(1), message(2))


def test_a_mail_too_big_alone_is_our_mistake() -> None:
    with pytest.raises(Config, match="too big"):
        sent((413, {}, b""), message(1))


def test_an_unknown_sender_pauses_the_distribution_and_a_blocked_account_the_connection() -> None:
    with pytest.raises(Config, match="verify the address"):
        sent((403, {}, error("The from address does not match a verified Sender Identity.", "from")), message(1))
    with pytest.raises(Stop, match="the scope mail"):
        sent((403, {}, error("access forbidden")), message(1))


@pytest.mark.parametrize(
    ("status", "fate"), [(500, Fate.UNSURE), (502, Fate.UNSURE), (504, Fate.UNSURE), (503, Fate.LATER), (408, Fate.LATER)]
)
def test_only_what_took_nothing_is_repeated(status: int, fate: Fate) -> None:
    outcomes, _ = sent((status, {}, b""), message(1), message(2))

    assert [o.fate for o in outcomes] == [fate, fate]


def test_a_pause_is_as_long_as_sendgrid_says() -> None:
    by_reset, _ = sent((429, {"X-RateLimit-Reset": "1700000012"}, b""), message(1))
    by_header, _ = sent((429, {"Retry-After": "30", "X-RateLimit-Reset": "1700000012"}, b""), message(1))

    assert [o.wait and o.wait.seconds for o in (by_reset[0], by_header[0])] == [12, 30]


def test_what_was_accepted_before_a_stop_is_known() -> None:
    answers: list[Reply] = [OK, (401, {}, error("revoked"))]
    given = Batch((message(1, "dina@example.com"), message(2, "dina@example.com")), TEMPLATE)
    with provider_http(answers) as provider:
        sending = one_by_one(SENDGRID.modes[0].send(HTTP, settings(provider.url), given))
        first = next(sending)
        with pytest.raises(Stop):
            next(sending)

    assert (first.message_id, first.fate) == ("dlv_1", Fate.ACCEPTED)


@pytest.mark.parametrize(
    ("event", "happened", "because"),
    [
        ({"event": "processed"}, Happened.ACCEPTED, None),
        ({"event": "deferred", "response": "421 later"}, Happened.DELAYED, None),
        ({"event": "delivered", "response": "250 OK"}, Happened.DELIVERED, None),
        ({"event": "bounce", "type": "bounce", "reason": "500 unknown"}, Happened.BOUNCED, None),
        ({"event": "bounce", "type": "blocked", "reason": "rate"}, Happened.BOUNCED_SOFT, None),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, Happened.DROPPED, Happened.UNSUBSCRIBED_ALL),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, Happened.DROPPED, Happened.COMPLAINED),
        ({"event": "dropped", "reason": "Bounced Address"}, Happened.DROPPED, Happened.BOUNCED),
        ({"event": "dropped", "reason": "Spam Content"}, Happened.REFUSED, None),
        ({"event": "open"}, Happened.OPENED, None),
        ({"event": "click", "url": "https://x"}, Happened.CLICKED, None),
        ({"event": "spamreport"}, Happened.COMPLAINED, None),
        ({"event": "unsubscribe"}, Happened.UNSUBSCRIBED_ALL, None),
        ({"event": "group_unsubscribe"}, Happened.UNSUBSCRIBED, None),
    ],
)
def test_events_in_our_words(event: dict[str, str], happened: Happened, because: Happened | None) -> None:
    told = {"email": "dina@example.com", "timestamp": 1_700_000_001, "largesse_message": "dlv_1", "sg_message_id": "sg1.filter"} | event

    received = RECEIVE(settings("") | {"verification_key": ""}, Request({}, json.dumps([told]).encode()))

    assert (received.genuine, received.signed) == (True, False)
    (receipt,) = received.receipts
    assert (receipt.happened, receipt.because, receipt.message_id, receipt.provider_id) == (happened, because, "dlv_1", "sg1")
    assert receipt.at == 1_700_000_001


@pytest.mark.parametrize(
    "event", [{"event": "group_resubscribe"}, {"event": "open", "sg_machine_open": True}, {"event": "new"}, {}, "text", 3]
)
def test_events_that_say_nothing_are_left_out(event: object) -> None:
    received = RECEIVE(settings("") | {"verification_key": ""}, Request({}, json.dumps([event]).encode()))

    assert received.genuine
    assert received.receipts == ()


def test_a_key_without_the_scope_is_told() -> None:
    with provider_http((200, {}, b'{"scopes": ["alerts.read"]}')) as provider:
        checked = SENDGRID.check(HTTP, settings(provider.url), 0)

    assert checked.problems == ("The API key lacks the scope mail.send: give it at least Mail Send in SendGrid.",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Maximum credits exceeded", "credits of the SendGrid plan"),
        ("authenticated user is not authorized to send mail", "lacks the scope"),
        ("The provided authorization grant is invalid, expired, or revoked", "does not accept the API key"),
    ],
)
def test_a_401_is_told_by_its_words(words: str, said: str) -> None:
    with pytest.raises(Stop, match=said):
        sent((401, {}, error(words)), message(1))
