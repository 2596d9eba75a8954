"""Iterable: successes that are none, people named by address, and calls that must not be repeated."""

import json
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Receipt, Request, Stop
from integrations.http import Http
from tests.integrations.provider_http import Answers, ProviderHttp, provider_http
from tests.integrations.recordings.iterable import BOUNCE, OPTIONS, TOKEN, counts, said, settings
from tests.integrations.replies import Reply

HTTP = Http()
ITERABLE = catalogue.provider("iterable")
OK: Reply = (200, {}, said("Success"))


def message(number: int, **data: str) -> Message:
    return Message(
        f"dlv_{number}", f"dina{number}@example.com", data={"voucher_code": f"CODE-{number}"} | data, attempt_at=1_700_000_000,
        tags={"distribution": "distr_1"},
    )  # fmt: skip


def sent(mode: str, answers: Answers, *messages: Message, **other: str) -> tuple[list[Outcome], ProviderHttp]:
    with provider_http(answers) as provider:
        given = Batch(messages, options=OPTIONS)
        found = list(ITERABLE.mode(mode).send(HTTP, settings(provider.url) | other, given))
        return [outcome for outcome in found if isinstance(outcome, Outcome)], provider


def test_a_profile_is_named_as_the_project_names_people() -> None:
    by_mail = json.loads(sent("profiles", (200, {}, counts(1)), message(1, balance=""))[1].seen[0].body)
    by_id = json.loads(
        sent("profiles", (200, {}, counts(1)), message(1), known_by="userId", makes_profiles="yes", new_fields="yes")[1].seen[0].body
    )

    assert by_mail == {"users": [{"email": "dina1@example.com", "dataFields": {"voucher_code": "CODE-1", "balance": ""}}]}
    assert by_id["users"][0]["preferUserId"] is True
    assert "email" not in by_id["users"][0]
    assert by_id["createNewFields"] is True


def test_an_event_has_our_id_of_the_message_so_that_a_repetition_updates_it() -> None:
    _, provider = sent("events", (200, {}, counts(1)), message(1, balance=""))

    (event,) = json.loads(provider.seen[0].body)["events"]
    assert (event["id"], event["createdAt"], event["eventName"]) == ("dlv_1", 1_700_000_000, "Voucher assigned")
    assert event["dataFields"] == {"voucher_code": "CODE-1", "largesse_distribution": "distr_1"}


def test_a_field_that_was_dropped_is_no_success_although_everybody_was_written() -> None:
    with pytest.raises(Config, match="voucher_code"):
        sent("profiles", (200, {}, counts(2, filteredOutFields=["dataFields.voucher_code"])), message(1), message(2))
    with pytest.raises(Config, match="events of this name"):
        sent("events", (200, {}, counts(2, disallowedEventNames=["Voucher assigned"])), message(1), message(2))


def test_nobody_misses_a_tag_that_was_dropped() -> None:
    outcomes, _ = sent("events", (200, {}, counts(1, filteredOutFields=["largesse_distribution"])), message(1))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED]


@pytest.mark.parametrize(
    ("where", "for_good"),
    [
        ("invalidEmails", True),
        ("forgottenEmails", True),
        ("notFoundEmails", False),
        ("conflictEmails", False),
        ("invalidDataEmails", False),
    ],
)
def test_whom_it_could_not_write_is_named_by_address(where: str, for_good: bool) -> None:
    body = {"successCount": 2, "failCount": 1, "failedUpdates": {where: ["DINA2@example.com"]}}

    outcomes, _ = sent("profiles", (200, {}, json.dumps(body).encode()), message(1), message(2), message(3))

    assert {o.message_id: (o.fate, o.for_good) for o in outcomes} == {
        "dlv_1": (Fate.ACCEPTED, False), "dlv_2": (Fate.REFUSED, for_good), "dlv_3": (Fate.ACCEPTED, False),
    }  # fmt: skip


def test_the_same_person_twice_goes_into_two_calls() -> None:
    twice = Message("dlv_9", "Dina1@example.com", data={"voucher_code": "CODE-9"})

    outcomes, provider = sent("profiles", [(200, {}, counts(1))] * 2, message(1), twice)

    assert len(provider.seen) == 2
    assert {o.fate for o in outcomes} == {Fate.ACCEPTED}


def test_a_whole_call_refused_alike_is_our_mistake() -> None:
    everybody = [f"dina{n}@example.com" for n in range(3)]
    body = {"successCount": 0, "failCount": 3, "failedUpdates": {"invalidDataEmails": everybody}}
    with pytest.raises(Config, match="does not fit its field"):
        sent("profiles", (200, {}, json.dumps(body).encode()), *(message(n) for n in range(3)))


@pytest.mark.parametrize("code", ["UniqueFieldsLimitExceeded", "RequestFieldsTypesMismatched", "NotFound"])
def test_what_no_recipient_can_help_pauses_the_distribution(code: str) -> None:
    with pytest.raises(Config):
        sent("campaign", (400, {}, said(code)), message(1))


@pytest.mark.parametrize(("status", "code"), [(401, "BadApiKey"), (400, "BadApiKey"), (403, "Forbidden"), (401, "")])
def test_a_key_that_may_not_stops_the_connection(status: int, code: str) -> None:
    with pytest.raises(Stop):
        sent("events", (status, {}, said(code)), message(1))


def test_a_campaign_is_triggered_once_for_each_and_names_our_message() -> None:
    outcomes, provider = sent("campaign", [OK, (409, {}, said("ForgottenUserError")), OK], *(message(n) for n in range(3)))

    assert [(o.fate, o.for_good) for o in outcomes] == [(Fate.ACCEPTED, False), (Fate.REFUSED, True), (Fate.ACCEPTED, False)]
    assert json.loads(provider.seen[0].body) == {
        "campaignId": 4711, "recipientEmail": "dina0@example.com", "dataFields": {"voucher_code": "CODE-0"},
        "metadata": {"largesse_message": "dlv_0"}, "allowRepeatMarketingSends": True,
    }  # fmt: skip


def test_a_pause_between_campaigns_is_not_asked_about_again() -> None:
    outcomes, provider = sent("campaign", [OK, (429, {"Retry-After": "9"}, b"")], *(message(n) for n in range(4)))

    assert len(provider.seen) == 2
    assert [(o.fate, o.wait and o.wait.seconds) for o in outcomes] == [(Fate.ACCEPTED, None)] + [(Fate.LATER, 9)] * 3


def test_each_missing_field_is_named_unless_the_connection_adds_them() -> None:
    asks = ITERABLE.prerequisites
    assert asks is not None
    with provider_http((200, {}, b'{"fields": {"voucher_code": "string"}}')) as provider:
        assert asks(HTTP, settings(provider.url), ("voucher_code",)) == ()
        (missing,) = asks(HTTP, settings(provider.url), ("voucher_code", "voucher_until"))
        assert asks(HTTP, settings(provider.url) | {"new_fields": "yes"}, ("voucher_until",)) == ()
        assert {seen.path for seen in provider.seen} == {"/api/users/getFields"}
    assert "voucher_until" in missing


def test_a_key_that_may_only_read_is_found_out() -> None:
    with provider_http(lambda seen: (200, {}, b'{"lists": []}') if seen.method == "GET" else (403, {}, said("Forbidden"))) as provider:
        checked = ITERABLE.check(HTTP, settings(provider.url), 0)

    assert not checked.works
    assert "server-side" in checked.problems[0]


AT = 1_795_158_000


def about(event: str, **more: Any) -> dict[str, Any]:
    """An event as the published example has it."""
    fields = {key: value for key, value in BOUNCE["dataFields"].items() if key != "recipientState"}
    return {"email": "dina@example.com", "eventName": event, "dataFields": fields | more}


OURS: dict[str, Any] = {"metadata": {"largesse_message": "dlv_1"}}


@pytest.mark.parametrize(
    ("event", "receipt"),
    [
        (about("emailBounce", recipientState="HardBounce"), Receipt(Happened.BOUNCED, address="dina@example.com", at=AT)),
        (
            about("emailBounce", recipientState="SoftBounce", **OURS),
            Receipt(Happened.BOUNCED_SOFT, message_id="dlv_1", address="dina@example.com", at=AT),
        ),
        (about("emailComplaint"), Receipt(Happened.COMPLAINED, address="dina@example.com", at=AT)),
        (about("emailUnSubscribe"), Receipt(Happened.UNSUBSCRIBED, address="dina@example.com", at=AT)),
        (about("emailOpen", **OURS), Receipt(Happened.OPENED, message_id="dlv_1", address="dina@example.com", at=AT)),
        (about("emailOpen"), None),
        (about("emailOpen", isBot=True, **OURS), None),
        (
            about("emailSendSkip", reason="DuplicateMarketingMessage", **OURS),
            Receipt(Happened.REFUSED, message_id="dlv_1", address="dina@example.com", at=AT, reason="DuplicateMarketingMessage"),
        ),
        (
            about("smsReceived", fromPhoneNumber="+447700900001", smsMessage=" STOP"),
            Receipt(Happened.STOPPED, address="+447700900001", at=AT),
        ),
        (about("smsReceived", fromPhoneNumber="+447700900001", smsMessage="When?"), None),
        (about("journeyExit"), None),
    ],
)
def test_what_its_webhooks_say(event: dict[str, Any], receipt: Receipt | None) -> None:
    assert ITERABLE.receive is not None
    body = json.dumps(event).encode()

    received = ITERABLE.receive(settings(""), Request({"authorization": f"OAuth2 {TOKEN}"}, body))
    unknown = ITERABLE.receive(settings("") | {"receipts_token": ""}, Request({}, body))

    assert received.receipts == ((receipt,) if receipt else ())
    assert (received.genuine, received.signed, unknown.signed) == (True, True, False)


def test_somebody_who_leaves_leaves_every_channel_that_is_named() -> None:
    assert ITERABLE.tell_opt_out is not None
    with provider_http([OK, (429, {}, b"")]) as provider:
        outcome = ITERABLE.tell_opt_out(HTTP, settings(provider.url) | {"opt_out_channels": "1, 2"}, "dina@example.com")
        nothing = ITERABLE.tell_opt_out(HTTP, settings(provider.url) | {"opt_out_channels": ""}, "dina@example.com")

    assert (outcome.fate, nothing.fate) == (Fate.LATER, Fate.REFUSED)
