"""What is MoEngage's own: a 200 that says fail, calls cut by bytes, ids that are nobody's, and a 409 that says it was taken."""

import json

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Receipt, Request, Stop, one_by_one
from integrations.http import Http
from tests.integrations.provider_http import provider_http
from tests.integrations.recordings import moengage as recorded
from tests.integrations.replies import Reply, Seen

MOENGAGE = catalogue.provider("moengage")
TAKEN: Reply = (200, {}, recorded.success())


def message(number: int, code: str = "", address: str = "") -> Message:
    who = address or f"c-{number}"
    return Message(
        f"dlv_{number}", who, data={"voucher_code": code or f"CODE-{number}"}, email=f"{who}@example.com", attempt_at=recorded.AT
    )


def sent(replies: list[Reply], *messages: Message, mode: str = "attributes", **settings: str) -> tuple[list[Outcome], list[Seen]]:
    given = Batch(messages, options=recorded.OPTIONS)
    with provider_http(replies) as peer:
        return list(one_by_one(MOENGAGE.mode(mode).send(Http(), recorded.settings(peer.url) | settings, given))), peer.seen


@pytest.mark.parametrize("word", ["fail", "Fail"])
def test_a_success_that_says_fail_is_none(word: str) -> None:
    outcomes, _ = sent([(200, {}, json.dumps({"status": word, "error": {"message": "Invalid id."}}).encode())], message(1))

    assert [(o.fate, o.reason) for o in outcomes] == [(Fate.REFUSED, "MoEngage refuses it: Invalid id.")]


def test_no_call_has_more_bytes_than_moengage_takes() -> None:
    outcomes, seen = sent([TAKEN] * 3, *(message(n, "Ü" * 25_000) for n in range(3)))

    assert {o.fate for o in outcomes} == {Fate.ACCEPTED}
    assert all(len(one.body) < 100_000 for one in seen)


def test_one_that_is_too_big_alone_pauses_the_distribution() -> None:
    with pytest.raises(Config, match="too"):
        sent([recorded.failed(413, "PayloadTooLarge", "Payload too large")], message(1))


def test_an_id_that_is_nobodys_is_refused_here() -> None:
    outcomes, seen = sent([TAKEN], message(1, address="NULL"), message(2))

    assert {o.message_id: o.fate for o in outcomes} == {"dlv_1": Fate.REFUSED, "dlv_2": Fate.ACCEPTED}
    assert recorded.people(seen[0]) == ["c-2"]


def test_users_are_made_only_where_the_connection_says_so() -> None:
    _, (left_out,) = sent([TAKEN], message(1))
    _, (made,) = sent([TAKEN], message(1), new_profiles="create")

    assert json.loads(left_out.body)["elements"][0]["update_existing_only"] is True
    assert json.loads(made.body)["elements"][0]["attributes"] == {"u_em": "c-1@example.com", "voucher_code": "CODE-1"}


def test_an_alert_that_is_there_already_was_taken() -> None:
    duplicate = recorded.inform_error(409, "DUPLICATE_REQUEST_RECEIVED", "Duplicate Transaction ID", 120105)

    outcomes, (asked,) = sent([duplicate], message(1), mode="inform_email")

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED]
    assert json.loads(asked.body)["transaction_id"] == "dlv_1"


def test_an_alert_is_refused_where_its_channel_says_so_inside_a_200() -> None:
    told = {"message": "Received", "request_id": "r", "EMAIL": {"message": "Invalid recipient", "err_code": "BAD", "status_code": 120003}}

    outcomes, _ = sent([(200, {}, json.dumps(told).encode())], message(1), mode="inform_email")

    assert [o.fate for o in outcomes] == [Fate.REFUSED]


def test_an_alert_that_is_not_there_pauses_the_distribution() -> None:
    with pytest.raises(Config, match="Alert"):
        sent([recorded.inform_error(400, "BAD_REQUEST", "Invalid Alert ID", 120002)], message(1), mode="inform_email")


def test_who_has_no_number_gets_no_alert_by_sms() -> None:
    outcomes, _ = sent([], message(1), mode="inform_sms")

    assert [(o.fate, o.reason) for o in outcomes] == [(Fate.REFUSED, "Has no phone number.")]


@pytest.mark.parametrize(("reset", "seconds"), [(str(recorded.AT + 30), 30), ("45", 45)])
def test_a_limit_begins_anew_at_a_time_or_in_so_many_seconds(reset: str, seconds: float) -> None:
    outcomes, _ = sent([(429, {"x-ratelimit-reset": reset}, b"")], message(1))

    assert outcomes[0].wait is not None
    assert outcomes[0].wait.seconds == seconds


def test_a_key_of_another_workspace_stops_the_connection() -> None:
    with pytest.raises(Stop, match="App key mismatch"):
        sent([recorded.failed(409, "Conflict", "App key mismatch in params and authentication")], message(1))


@pytest.mark.parametrize(
    ("code", "happened"),
    [
        ("MOE_EMAIL_HARD_BOUNCE", Happened.BOUNCED),
        ("MOE_EMAIL_SPAM", Happened.COMPLAINED),
        ("MOE_EMAIL_DROP", Happened.DROPPED),
        ("n_i_s", None),
    ],
)
def test_streams_tell_what_happened_to_an_address(code: str, happened: Happened | None) -> None:
    assert MOENGAGE.receive is not None
    body = recorded.BODY.replace(b"MOE_EMAIL_UNSUBSCRIBE", code.encode())

    received = MOENGAGE.receive(recorded.settings("https://x"), Request({"authorization": f"Bearer {recorded.TOKEN}"}, body))

    assert received.receipts == ((Receipt(happened, address="dina@example.com", at=1_690_000_000),) if happened else ())


def test_an_opt_out_is_told_only_where_the_id_is_the_address() -> None:
    assert MOENGAGE.tell_opt_out is not None
    with provider_http([]) as peer:
        outcome = MOENGAGE.tell_opt_out(Http(), recorded.settings(peer.url), "dina@example.com")

    assert outcome.fate is Fate.REFUSED
