"""Braze: what is written and sent, and successes that are not."""

import json
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Request, Stop
from integrations.http import Http
from tests.integrations.provider_http import Answers, ProviderHttp, provider_http
from tests.integrations.recordings.braze import OPTIONS, left_out, objects, said, settings, who
from tests.integrations.replies import Reply, Seen

HTTP = Http()
BRAZE = catalogue.provider("braze")
assert BRAZE.receive is not None
RECEIVE = BRAZE.receive
OK: Reply = (201, {}, b'{"message": "success"}')
SENDS = ("event", "campaign", "canvas")


def message(number: int, address: str = "", **data: str) -> Message:
    values = {"voucher_code": f"CODE-{number}"} | data
    return Message(f"dlv_{number}", address or f"c-{number}", data=values, attempt_at=1_700_000_000, tags={"distribution": "distr_1"})


def sent(mode: str, answers: Answers, *messages: Message, **other: str) -> tuple[list[Outcome], ProviderHttp]:
    """What became of the messages where the provider answers so."""
    with provider_http(answers) as provider:
        given = settings(provider.url) | {"known_by": "external_id"} | other
        return list(BRAZE.mode(mode).send(HTTP, given, Batch(messages, options=OPTIONS))), provider


def calls(provider: ProviderHttp) -> list[dict[str, Any]]:
    return [json.loads(seen.body) for seen in provider.seen]


def test_attributes_make_no_profile_and_take_away_what_is_empty() -> None:
    _, provider = sent("attributes", OK, message(1, balance=""))

    assert provider.seen[0].path == "/users/track"
    assert provider.seen[0].headers["authorization"] == "Bearer hidden-word"
    assert calls(provider) == [
        {"attributes": [{"external_id": "c-1", "_update_existing_only": True, "voucher_code": "CODE-1", "balance": None}]}
    ]


def test_an_event_says_when_and_which_message() -> None:
    _, provider = sent("event", OK, message(1, balance=""))

    (event,) = calls(provider)[0]["events"]
    assert event["name"] == "Voucher assigned"
    assert event["time"] == "2023-11-14T22:13:20Z"
    assert event["properties"] == {"voucher_code": "CODE-1", "largesse_message": "dlv_1", "largesse_distribution": "distr_1"}
    assert event["_update_existing_only"] is True


@pytest.mark.parametrize(
    ("known_by", "called"),
    [
        ("external_id", {"external_user_id": "c-1", "send_to_existing_only": True}),
        ("braze_id", {"braze_id": "c-1", "send_to_existing_only": True}),
        ("email", {"email": "c-1", "prioritization": ["identified", "most_recently_updated"], "send_to_existing_only": True}),
        ("user_alias", {"user_alias": {"alias_name": "c-1", "alias_label": "crm"}}),
    ],
)
def test_a_campaign_is_sent_to_whom_braze_knows(known_by: str, called: dict[str, Any]) -> None:
    _, provider = sent("campaign", OK, message(1), known_by=known_by)

    assert calls(provider)[0] == {
        "campaign_id": OPTIONS["campaign"],
        "recipients": [{**called, "trigger_properties": {"voucher_code": "CODE-1"}}],
    }


def test_a_canvas_gets_entry_properties() -> None:
    _, provider = sent("canvas", OK, message(1))

    assert calls(provider)[0]["canvas_id"] == OPTIONS["canvas"]
    assert calls(provider)[0]["recipients"][0]["canvas_entry_properties"] == {"voucher_code": "CODE-1"}


def test_transactional_mails_go_one_by_one_and_are_recognised() -> None:
    outcomes, provider = sent("transactional", (201, {}, b'{"dispatch_id": "d1", "status": "sent"}'), message(1), message(2))

    assert [seen.path for seen in provider.seen] == [f"/transactional/v1/campaigns/{OPTIONS['campaign']}/send"] * 2
    assert [call["external_send_id"] for call in calls(provider)] == ["dlv_1", "dlv_2"]
    assert {o.fate for o in outcomes} == {Fate.ACCEPTED}


def test_transactional_mails_need_an_id_that_braze_takes_there() -> None:
    with pytest.raises(Config, match="external id or alias"):
        sent("transactional", OK, message(1), known_by="email")


def test_somebody_comes_once_in_a_call() -> None:
    _, provider = sent("campaign", OK, message(1, "c-1"), message(2, "c-1"), message(3))

    assert [[who(one) for one in call["recipients"]] for call in calls(provider)] == [["c-1", "c-3"], ["c-1"]]


def test_a_contract_of_fifty_objects_gets_fifty() -> None:
    _, provider = sent("attributes", OK, *(message(n) for n in range(75)), objects="50")

    assert [len(call["attributes"]) for call in calls(provider)] == [50, 25]


def test_whom_a_success_names_by_index_is_left_out() -> None:
    outcomes, provider = sent("event", left_out("events", [0, 2], 4), *(message(n) for n in range(4)))

    assert {o.message_id for o in outcomes if o.fate is Fate.REFUSED} == {"dlv_0", "dlv_2"}
    assert len(provider.seen) == 1


def test_prose_in_a_success_is_traced_by_halves_where_a_repetition_overwrites_itself() -> None:
    def answer(seen: Seen) -> Reply:
        bad = any(who(one) == "c-5" for one in objects(seen)[1])
        return (201, {}, said("success", "provided external_id is blacklisted and disallowed")) if bad else OK

    with provider_http(answer) as provider:
        given = settings(provider.url) | {"known_by": "external_id"}
        outcomes = list(BRAZE.mode("attributes").send(HTTP, given, Batch(tuple(message(n) for n in range(8)))))

    assert [(o.message_id, o.reason) for o in outcomes if o.fate is Fate.REFUSED] == [
        ("dlv_5", "provided external_id is blacklisted and disallowed")
    ]
    assert sum(o.fate is Fate.ACCEPTED for o in outcomes) == 7


@pytest.mark.parametrize("mode", SENDS)
def test_prose_in_a_success_leaves_everybody_unsure_where_a_repetition_sends_twice(mode: str) -> None:
    outcomes, provider = sent(mode, (201, {}, said("success", "one was bad")), *(message(n) for n in range(4)))

    assert [o.fate for o in outcomes] == [Fate.UNSURE] * 4
    assert len(provider.seen) == 1


def test_prose_about_somebody_alone_is_about_them() -> None:
    outcomes, _ = sent("campaign", (201, {}, b'{"message": "success", "minor_errors": ["no such user"]}'), message(1))

    assert [(o.fate, o.reason) for o in outcomes] == [(Fate.REFUSED, "no such user")]


def test_prose_beside_the_full_count_is_a_remark() -> None:
    body = json.dumps({"message": "success", "events_processed": 2, "errors": ["property renamed"]}).encode()

    outcomes, _ = sent("event", (201, {}, body), message(1), message(2))

    assert {o.fate for o in outcomes} == {Fate.ACCEPTED}


def test_a_success_that_says_no_is_none() -> None:
    outcomes, provider = sent(
        "campaign", [(201, {}, said("Bad Request", "odd value")), OK, (201, {}, said("odd value"))], message(1), message(2)
    )

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, Fate.REFUSED]
    assert [len(call["recipients"]) for call in calls(provider)] == [2, 1, 1]


def test_maintenance_takes_it_into_a_queue() -> None:
    outcomes, _ = sent("attributes", (202, {}, b'{"message": "queued"}'), message(1))

    assert outcomes[0].fate is Fate.ACCEPTED


@pytest.mark.parametrize("text", ["Invalid Campaign ID", "No Recipients", "No message to send", "Mismatched Message Type"])
def test_a_campaign_that_cannot_be_sent_pauses_the_distribution(text: str) -> None:
    with pytest.raises(Config, match=text):
        sent("campaign", (400, {}, said(text)), message(1), message(2))


def test_a_campaign_that_is_gone_pauses_the_distribution_and_a_wrong_address_the_connection() -> None:
    with pytest.raises(Config, match="does not exist"):
        sent("transactional", (404, {}, said("The campaign does not exist")), message(1))
    with pytest.raises(Stop, match="no Braze API"):
        sent("transactional", (404, {}, said("Invalid URL")), message(1))


def test_a_refusal_of_everybody_in_the_same_words_is_our_mistake() -> None:
    with pytest.raises(Config, match="refuses every message: The value is not valid"):
        sent("attributes", left_out("attributes", [0, 1, 2], 3), *(message(n) for n in range(3)))
    with pytest.raises(Config, match="refuses every message"):
        sent("attributes", (400, {}, said("Bad Request", "odd value")), *(message(n) for n in range(8)))


def test_values_too_long_alone_are_our_mistake() -> None:
    with pytest.raises(Config, match="too long"):
        sent("attributes", (413, {}, b""), message(1))


@pytest.mark.parametrize("status", [401, 403, 415])
def test_what_the_key_may_not_stops_the_connection(status: int) -> None:
    with pytest.raises(Stop):
        sent("attributes", (status, {}, b""), message(1))


def test_a_pause_in_the_middle_is_not_asked_about_again() -> None:
    too_many, pause = (400, {}, said("Max Input Length Exceeded")), (429, {"x-ratelimit-reset": "1700000012"}, b"")

    outcomes, provider = sent("campaign", [too_many, pause], *(message(n) for n in range(4)))

    assert len(provider.seen) == 2
    assert [(o.fate, o.wait and o.wait.seconds) for o in outcomes] == [(Fate.LATER, 12)] * 4


def test_a_window_that_is_used_up_is_waited_for() -> None:
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000012"}

    taken, _ = sent("campaign", (201, spent, b'{"message": "success", "dispatch_id": "d1"}'), message(1))
    refused, _ = sent("campaign", (429, spent, b""), message(1))

    assert (taken[0].fate, taken[0].wait and taken[0].wait.seconds, taken[0].provider_id) == (Fate.ACCEPTED, 12, "d1/c-1")
    assert (refused[0].fate, refused[0].wait and refused[0].wait.seconds) == (Fate.LATER, 12)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_after_an_error_only_what_braze_recognises_is_repeated(status: int) -> None:
    for mode in BRAZE.modes:
        outcomes, _ = sent(mode.key, (status, {}, b""), message(1))
        assert outcomes[0].fate is (Fate.UNSURE if mode.key in SENDS else Fate.LATER), mode.key


def test_a_transactional_mail_in_the_queue_is_asked_for_again() -> None:
    outcomes, _ = sent("transactional", (409, {}, said("External reference is queued. Please retry to obtain send_id.")), message(1))

    assert outcomes[0].fate is Fate.LATER


@pytest.mark.parametrize("name", ["email", "Email_Subscribe", "$code", "1st", "time", ""])
def test_names_that_would_spoil_a_profile_are_refused(name: str) -> None:
    names = BRAZE.mode("attributes").names
    assert names is not None
    assert names.check is not None
    assert str(names.check(name)).endswith(".")
    assert names.check("voucher_code") is None
    assert names.tag == "{{custom_attribute.${NAME}}}"


def test_a_key_that_may_not_list_campaigns_is_asked_to_write_to_nobody() -> None:
    def answer(seen: Seen) -> Reply:
        return (403, {}, b"") if seen.method == "GET" else OK

    with provider_http(answer) as provider:
        assert BRAZE.check(HTTP, settings(provider.url), 7).works

    (one,) = json.loads(provider.seen[1].body)["attributes"]
    assert (one["external_id"], one["_update_existing_only"]) == ("largesse-test-7", True)


def currents(kind: str, **properties: object) -> bytes:
    about = {"dispatch_id": "d1", "email_address": "dina@example.com"} | properties
    event = {"event_type": kind, "time": 1_700_000_001, "user": {"external_user_id": "c-7"}, "properties": about}
    return json.dumps({"events": [event]}).encode()


@pytest.mark.parametrize(
    ("kind", "happened", "for_good"),
    [
        ("email.Delivery", Happened.DELIVERED, False),
        ("email.Bounce", Happened.BOUNCED, True),
        ("email.SoftBounce", Happened.BOUNCED_SOFT, False),
        ("email.MarkAsSpam", Happened.COMPLAINED, True),
        ("email.Unsubscribe", Happened.UNSUBSCRIBED_ALL, True),
        ("email.Open", Happened.OPENED, False),
        ("email.Click", Happened.CLICKED, False),
        ("email.Abort", Happened.REFUSED, False),
        ("sms.Delivery", Happened.DELIVERED, False),
        ("sms.Rejection", Happened.BOUNCED_SOFT, False),
    ],
)
def test_currents_in_our_words(kind: str, happened: Happened, for_good: bool) -> None:
    received = RECEIVE(settings(""), Request({"authorization": "Bearer hidden-token"}, currents(f"users.messages.{kind}")))

    about_the_message, *about_the_address = received.receipts
    assert (received.genuine, received.signed) == (True, True)
    assert (about_the_message.happened, about_the_message.provider_id) == (happened, "d1/c-7")
    assert [(r.happened, r.address) for r in about_the_address] == [(happened, "dina@example.com")] * for_good


@pytest.mark.parametrize(
    ("kind", "about", "happened", "address"),
    [
        ("users.behaviors.subscription.GlobalStateChange", {"channel": "email"}, Happened.UNSUBSCRIBED_ALL, "dina@example.com"),
        ("users.behaviors.subscriptiongroup.StateChange", {"channel": "email"}, Happened.UNSUBSCRIBED, "dina@example.com"),
        (
            "users.behaviors.subscriptiongroup.StateChange",
            {"channel": "sms", "channel_identifier": "+447700900001"}, Happened.UNSUBSCRIBED, "+447700900001",
        ),
        (
            "users.messages.sms.InboundReceive",
            {"action": "Unsubscribed", "user_phone_number": "+447700900001"}, Happened.STOPPED, "+447700900001",
        ),
    ],
)  # fmt: skip
def test_opt_outs_of_currents_name_the_address(kind: str, about: dict[str, str], happened: Happened, address: str) -> None:
    """Fields as in Braze's glossary of customer behavior and message engagement events."""
    word = {"subscription_status": "Unsubscribed"} if "subscription" in kind else {}

    told = RECEIVE(settings(""), Request({"authorization": "Bearer hidden-token"}, currents(kind, **(word | about))))
    back = RECEIVE(
        settings(""), Request({"authorization": "Bearer hidden-token"}, currents(kind, **about, **dict.fromkeys(word, "Subscribed")))
    )

    assert [(r.happened, r.address, r.provider_id) for r in told.receipts] == [(happened, address, "")]
    assert not word or back.receipts == ()


def test_currents_without_a_token_is_believed_only_about_our_messages() -> None:
    body = currents("users.messages.email.Delivery")

    assert not RECEIVE(settings(""), Request({"authorization": "Bearer other"}, body)).genuine
    assert not RECEIVE(settings("") | {"receipts_token": ""}, Request({}, body)).signed


@pytest.mark.parametrize("body", [b'{"events": [3]}', b'{"events": 3}', b"{}", currents("users.messages.new.Kind"), currents("x", a=1)])
def test_events_that_say_nothing_are_left_out(body: bytes) -> None:
    received = RECEIVE(settings(""), Request({"authorization": "Bearer hidden-token"}, body))

    assert received.genuine
    assert received.receipts == ()


@pytest.mark.parametrize(
    ("status", "happened"),
    [("sent", Happened.ACCEPTED), ("delivered", Happened.DELIVERED), ("bounced", Happened.BOUNCED), ("aborted", Happened.REFUSED)],
)
def test_postbacks_name_our_message(status: str, happened: Happened) -> None:
    body = json.dumps({"dispatch_id": "d1", "status": status, "metadata": {"external_send_id": "dlv_1", "reason": "gone"}}).encode()

    received = RECEIVE(settings(""), Request({}, body))

    assert (received.genuine, received.signed) == (True, False)
    assert [(r.happened, r.message_id) for r in received.receipts] == [(happened, "dlv_1")]


def test_a_paused_canvas_takes_the_call_and_sends_nothing() -> None:
    notice = json.dumps({"notice": "The Canvas is paused. Resume it to send.", "message": "success", "dispatch_id": "d1"}).encode()
    with pytest.raises(Config, match="The Canvas is paused"):
        sent("canvas", (201, {}, notice), message(1))
