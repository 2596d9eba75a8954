"""Mandrill: one call for a thousand, a line for each, and what its answers and events mean."""

import dataclasses
import json
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Receipt, Request, Stop
from integrations.http import Http
from integrations.providers.mandrill import receipts
from tests.integrations.provider_http import Answers, ProviderHttp, provider_http
from tests.integrations.recordings.mandrill import HARD_BOUNCE, error, line, posted, settings
from tests.integrations.replies import Reply, Seen

HTTP = Http()
MANDRILL = catalogue.provider("mandrill")
assert MANDRILL.receive is not None
RECEIVE = MANDRILL.receive
PARTS = {"from_email": "hello@maple.example", "from_name": "Maple"}
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


def taking(seen: Seen) -> Reply:
    return 200, {}, json.dumps([line(to["email"], "queued") for to in json.loads(seen.body)["message"]["to"]]).encode()


def sent(answers: Answers, *messages: Message, **more: str) -> tuple[list[Outcome], ProviderHttp]:
    """What became of the messages where the provider answers so."""
    with provider_http(answers) as provider:
        return list(MANDRILL.modes[0].send(HTTP, settings(provider.url) | more, Batch(messages, TEMPLATE))), provider


def calls(provider: ProviderHttp) -> list[dict[str, Any]]:
    return [json.loads(seen.body) for seen in provider.seen]


def lines(**about: object) -> Reply:
    """An answer in which everybody's fate is this."""
    return 200, {}, json.dumps([line("dina1@example.com", "queued"), line("dina2@example.com", "queued") | about]).encode()


def test_the_template_travels_once_with_slots_as_merge_tags() -> None:
    outcomes, provider = sent(taking, *(message(n) for n in range(1000)))

    (call,) = calls(provider)
    said = call["message"]
    assert call["key"] == "md-hidden-word"
    assert (said["subject"], said["text"], said["html"]) == ("For *|LARGESSE_1|*", "*|LARGESSE_2|*", "<p>*|LARGESSE_0|*</p>")
    assert (said["preserve_recipients"], said["merge"], said["merge_language"], said["subaccount"]) == (False, True, "mailchimp", "shop")
    assert len(said["to"]) == 1000
    assert said["merge_vars"][7] == {
        "rcpt": "dina7@example.com",
        "vars": [
            {"name": "LARGESSE_1", "content": "Dina"},
            {"name": "LARGESSE_2", "content": "CODE-7"},
            {"name": "LARGESSE_0", "content": "CODE-7"},
        ],
    }
    assert said["recipient_metadata"][7] == {
        "rcpt": "dina7@example.com",
        "values": {"largesse_message": "dlv_7", "largesse_distribution": "d1"},
    }
    assert outcomes[7] == Outcome("dlv_7", Fate.ACCEPTED, provider_id="id-of-dina7@example.com")


def test_an_answer_for_a_thousand_long_addresses_is_read_to_its_end() -> None:
    outcomes, _ = sent(taking, *(message(n, f"{'d' * 60}{n}@{'example' * 20}.com") for n in range(1000)))

    assert {o.fate for o in outcomes} == {Fate.ACCEPTED}


def test_the_header_for_one_click_goes_with_a_mail_that_travels_alone() -> None:
    _, together = sent(taking, message(1), message(2))
    _, alone = sent(taking, message(1), message(2), unsubscribe="alone")

    assert [call["message"]["headers"] for call in calls(together)] == [{}]
    assert [call["message"]["headers"]["List-Unsubscribe"] for call in calls(alone)] == [
        "<https://largesse.example/u/1>",
        "<https://largesse.example/u/2>",
    ]
    assert {call["message"]["headers"]["List-Unsubscribe-Post"] for call in calls(alone)} == {"List-Unsubscribe=One-Click"}
    assert MANDRILL.warnings is not None
    assert "one-click" in MANDRILL.warnings(settings(""))[0]
    assert MANDRILL.warnings(settings("") | {"unsubscribe": "alone"}) == ()


def test_a_value_that_looks_like_a_merge_tag_is_not_merged() -> None:
    _, provider = sent(taking, message(1), message(2, **{"%lg-text-0%": "*|LARGESSE_0|*"}), message(3))

    alone, together = calls(provider)
    assert (alone["message"]["text"], alone["message"]["merge"], alone["message"]["merge_vars"]) == ("*|LARGESSE_0|*", False, [])
    assert len(together["message"]["to"]) == 2


@pytest.mark.parametrize(
    ("about", "fate"),
    [
        ({"status": "sent"}, Fate.ACCEPTED),
        ({"status": "scheduled"}, Fate.ACCEPTED),
        ({"status": "queued", "queued_reason": "hourly-quota-exhausted"}, Fate.ACCEPTED),
        ({"status": "rejected", "reject_reason": "hard-bounce"}, Fate.REFUSED),
        ({"status": "rejected", "reject_reason": "spam"}, Fate.REFUSED),
        ({"status": "rejected", "reject_reason": "unsub"}, Fate.REFUSED),
        ({"status": "rejected", "reject_reason": "custom"}, Fate.REFUSED),
        ({"status": "rejected", "reject_reason": "rule"}, Fate.REFUSED),
        ({"status": "rejected", "reject_reason": "new words"}, Fate.REFUSED),
        ({"status": "rejected", "reject_reason": "soft-bounce"}, Fate.LATER),
        ({"status": "bounced"}, Fate.REFUSED),
        ({"status": "invalid", "_id": None}, Fate.REFUSED),
        ({"status": "something new"}, Fate.UNSURE),
        ({"email": "DINA2@example.com"}, Fate.ACCEPTED),
        ({"email": "somebody.else@example.com"}, Fate.UNSURE),
    ],
)
def test_every_recipient_has_a_line(about: dict[str, object], fate: Fate) -> None:
    outcomes, _ = sent(lines(**about), message(1), message(2))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, fate]


@pytest.mark.parametrize(
    ("about", "stops", "words"),
    [
        ({"queued_reason": "sending-suspended"}, Stop, "suspended"),
        ({"queued_reason": "sending-paused"}, Stop, "paused"),
        ({"queued_reason": "monthly-limit-reached"}, Stop, "limit"),
        ({"queued_reason": "free-trial-sends-exhausted"}, Stop, "trial"),
        ({"status": "rejected", "reject_reason": "test-mode-limit"}, Stop, "test key"),
        ({"status": "rejected", "reject_reason": "invalid-sender"}, Config, "sender"),
        ({"status": "rejected", "reject_reason": "unsigned"}, Config, "verified"),
    ],
)
def test_what_stops_everybody_is_said_after_what_was_taken(about: dict[str, str], stops: type[Exception], words: str) -> None:
    taken = []
    with provider_http(lines(**about)) as provider:
        sending = MANDRILL.modes[0].send(HTTP, settings(provider.url), Batch((message(1), message(2)), TEMPLATE))
        taken.append(next(sending))
        if "queued_reason" in about:
            taken.append(next(sending))
        with pytest.raises(stops, match=words):
            next(sending)
    assert {o.fate for o in taken} == {Fate.ACCEPTED}


def test_an_answer_that_is_no_list_leaves_everybody_unsure() -> None:
    outcomes, _ = sent((200, {}, b"<html>"), message(1), message(2))

    assert [o.fate for o in outcomes] == [Fate.UNSURE] * 2


@pytest.mark.parametrize("status", [401, 500])
def test_errors_are_told_by_name_whatever_their_status(status: int) -> None:
    with pytest.raises(Stop, match="API key"):
        sent((status, {}, error("Invalid_Key", "Invalid API key")), message(1))
    with pytest.raises(Stop, match="payment"):
        sent((status, {}, error("PaymentRequired", "…")), message(1))
    with pytest.raises(Stop, match="subaccount"):
        sent((status, {}, error("Unknown_Subaccount", "No subaccount exists with the id 'shop'", 12)), message(1))
    outcomes, _ = sent((status, {}, error("ServiceUnavailable", "…")), message(1))
    assert outcomes[0].fate is Fate.LATER


@pytest.mark.parametrize(
    ("status", "fate"), [(500, Fate.UNSURE), (502, Fate.UNSURE), (504, Fate.UNSURE), (503, Fate.LATER), (429, Fate.LATER)]
)
def test_only_what_took_nothing_is_repeated(status: int, fate: Fate) -> None:
    outcomes, _ = sent((status, {}, b""), message(1), message(2))

    assert [o.fate for o in outcomes] == [fate, fate]


def test_a_refusal_of_one_recipient_is_found_by_halves() -> None:
    def answer(seen: Seen) -> Reply:
        if b"dina5@" in seen.body:
            return 422, {}, error("ValidationError", 'Validation error: {"message":{"to":[["md-hidden-word is no address"]]}}', -2)
        return taking(seen)

    outcomes, _ = sent(answer, *(message(n) for n in range(8)))

    (refused,) = [o for o in outcomes if o.fate is Fate.REFUSED]
    assert refused.message_id == "dlv_5"
    assert "hidden" not in refused.reason
    assert sum(o.fate is Fate.ACCEPTED for o in outcomes) == 7


def test_a_refusal_of_everything_is_our_mistake() -> None:
    with pytest.raises(Config, match="refuses the message: Validation error"):
        sent((422, {}, error("ValidationError", "Validation error")), *(message(n) for n in range(64)))
    sender = error("ValidationError", 'Validation error: {"message":{"from_email":"…"}}')
    with provider_http((422, {}, sender)) as provider, pytest.raises(Config, match="from_email"):
        list(MANDRILL.modes[0].send(HTTP, settings(provider.url), Batch(tuple(message(n) for n in range(8)), TEMPLATE)))
    assert len(provider.seen) == 1
    with pytest.raises(Config, match="too big"):
        sent((413, {}, b""), message(1))


def test_the_signature_is_that_of_the_guide() -> None:
    """HMAC-SHA1 over the address and what was posted, worked out by hand once."""
    key, url, posted_ = "webhook-key-123", "https://dist.example.com/hooks/mandrill?x=1", [("mandrill_events", "[]")]
    signature = "q2KwtNQSM2U1YVB2UlweVU23ihQ="

    assert receipts.signature_is_valid(key, url, posted_, signature)
    assert not receipts.signature_is_valid(key, f"{url}&", posted_, signature)
    assert not receipts.signature_is_valid("another", url, posted_, signature)
    assert not receipts.signature_is_valid(key, url, posted_, "no base64")


def test_an_address_that_is_tried_is_answered_whoever_signs() -> None:
    received = RECEIVE(settings(""), posted(key="test-webhook"))

    assert received.genuine
    assert received.receipts == ()


def test_events_from_somewhere_else_are_not_believed() -> None:
    genuine = posted(HARD_BOUNCE)

    assert RECEIVE(settings(""), genuine).genuine
    assert not RECEIVE(settings(""), posted(HARD_BOUNCE, key="test-webhook")).genuine
    assert not RECEIVE(settings(""), dataclasses.replace(genuine, url="https://elsewhere.example/")).genuine
    assert RECEIVE(settings(""), dataclasses.replace(genuine, headers={}, checked=True)).receipts
    assert not RECEIVE(settings("") | {"verification_key": ""}, genuine).signed


@pytest.mark.parametrize(
    ("event", "happened"),
    [
        ("send", Happened.ACCEPTED),
        ("delivered", Happened.DELIVERED),
        ("hard_bounce", Happened.BOUNCED),
        ("soft_bounce", Happened.BOUNCED_SOFT),
        ("deferral", Happened.DELAYED),
        ("reject", Happened.REFUSED),
        ("open", Happened.OPENED),
        ("click", Happened.CLICKED),
        ("spam", Happened.COMPLAINED),
        ("unsub", Happened.UNSUBSCRIBED_ALL),
    ],
)
def test_events_in_our_words(event: str, happened: Happened) -> None:
    (receipt,) = RECEIVE(settings(""), posted(HARD_BOUNCE | {"event": event})).receipts

    assert (receipt.happened, receipt.message_id, receipt.at) == (happened, "dlv_1", 1384954004)


def test_a_rejection_says_whether_the_address_is_bad() -> None:
    told = HARD_BOUNCE | {"event": "reject"}
    about = dict(HARD_BOUNCE["msg"], reject={"reason": "hard-bounce"})

    (receipt,) = RECEIVE(settings(""), posted(told | {"msg": about})).receipts

    assert (receipt.happened, receipt.because) == (Happened.DROPPED, Happened.BOUNCED)


@pytest.mark.parametrize(
    ("reason", "happened"),
    [
        ("hard-bounce", Happened.BOUNCED),
        ("spam", Happened.COMPLAINED),
        ("unsub", Happened.UNSUBSCRIBED_ALL),
        ("custom", Happened.UNSUBSCRIBED_ALL),
    ],
)
def test_what_comes_onto_the_denylist_is_not_written_to(reason: str, happened: Happened) -> None:
    told = {"type": "blacklist", "action": "add", "reject": {"email": "dina@example.com", "reason": reason, "detail": "why"}, "ts": 9}

    (receipt,) = RECEIVE(settings(""), posted(told)).receipts

    assert receipt == Receipt(happened, address="dina@example.com", at=9, reason="why")


@pytest.mark.parametrize(
    "event",
    [
        {"event": "new", "msg": {}},
        {"event": "send"},
        {"type": "blacklist", "action": "remove", "reject": {"email": "dina@example.com", "reason": "spam"}},
        {"type": "blacklist", "action": "add", "reject": {"email": "dina@example.com", "reason": "soft-bounce"}},
        {"type": "whitelist", "action": "add", "reject": {"email": "dina@example.com", "reason": "spam"}},
        {},
        "text",
        3,
    ],
)
def test_events_that_say_nothing_are_left_out(event: object) -> None:
    received = RECEIVE(settings(""), posted(event))

    assert received.genuine
    assert received.receipts == ()


@pytest.mark.parametrize("body", [b"mandrill_events=3", b"mandrill_events={", b"other=[]"])
def test_what_is_no_list_is_not_believed(body: bytes) -> None:
    assert not RECEIVE(settings("") | {"verification_key": ""}, Request({}, body)).genuine


def test_an_event_without_our_id_names_theirs() -> None:
    about = dict(HARD_BOUNCE["msg"], metadata=[])

    (receipt,) = RECEIVE(settings(""), posted(HARD_BOUNCE | {"msg": about})).receipts

    assert (receipt.message_id, receipt.provider_id) == ("", "exampleaaaaaaaaaaaaaaaaaaaaaaaaa2")
