"""Klaviyo: events that are known again, jobs that are asked about, and errors that point."""

import json
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, Request, Stop
from integrations.http import Http
from tests.integrations.provider_http import Answers, ProviderHttp, provider_http
from tests.integrations.recordings.klaviyo import JOB, OPTIONS, SECRET, asked, error, job, pointer, settings, signed
from tests.integrations.replies import Reply, Seen

HTTP = Http()
KLAVIYO = catalogue.provider("klaviyo")
assert KLAVIYO.receive is not None
RECEIVE = KLAVIYO.receive
POLL = KLAVIYO.mode("profiles").poll
assert POLL is not None
OK: Reply = (202, {}, b"")


def message(number: int, **data: str) -> Message:
    values = {"voucher_code": f"CODE-{number}"} | data
    return Message(
        f"dlv_{number}", f"c-{number}", data=values, attempt_at=1_700_000_000, tags={"distribution": "distr_1"},
        email=f"dina{number}@example.com", phone="+447700900001",
    )  # fmt: skip


def sent(mode: str, answers: Answers, *messages: Message, **other: str) -> tuple[list[Outcome], ProviderHttp]:
    """What became of the messages where the provider answers so."""
    with provider_http(answers) as provider:
        given = Batch(messages, options=OPTIONS)
        return list(KLAVIYO.mode(mode).send(HTTP, settings(provider.url) | other, given)), provider


def test_one_event_says_whom_it_is_about_and_which_message_it_is() -> None:
    _, provider = sent("events", OK, message(1, balance=""))

    assert provider.seen[0].path == "/api/events"
    assert provider.seen[0].headers["authorization"] == "Klaviyo-API-Key pk_hidden-word"
    assert provider.seen[0].headers["revision"] == "2026-07-15"
    assert provider.seen[0].headers["content-type"] == "application/vnd.api+json"
    about = json.loads(seen_body(provider))["data"]["attributes"]
    assert about["unique_id"] == "dlv_1"
    assert about["time"] == "2023-11-14T22:13:20+00:00"
    assert about["properties"] == {"voucher_code": "CODE-1", "largesse_distribution": "distr_1"}
    assert about["metric"]["data"]["attributes"] == {"name": "Voucher Assigned"}
    assert about["profile"]["data"]["attributes"] == {"external_id": "c-1", "email": "dina1@example.com", "phone_number": "+447700900001"}


def seen_body(provider: ProviderHttp, at: int = 0) -> bytes:
    return provider.seen[at].body


def test_addresses_are_told_only_where_that_is_wanted() -> None:
    _, provider = sent("events", OK, message(1), contact="", known_by="id")

    assert json.loads(seen_body(provider))["data"]["attributes"]["profile"]["data"] == {"type": "profile", "id": "c-1", "attributes": {}}


def test_profiles_go_into_a_job_and_lose_what_is_empty() -> None:
    outcomes, provider = sent("profiles", (202, {}, job(total=2)), message(1, balance=""), message(2))

    assert provider.seen[0].path == "/api/profile-bulk-import-jobs"
    assert asked(provider.seen[0])[0][1]["properties"] == {"voucher_code": "CODE-1", "balance": None}
    assert [(o.fate, o.provider_id) for o in outcomes] == [(Fate.PENDING, JOB)] * 2


def test_a_call_without_those_it_points_at_is_repeated() -> None:
    def answer(seen: Seen) -> Reply:
        bad = [n for n, (who, _) in enumerate(asked(seen)) if who in {"c-1", "c-3"}]
        return (400, {}, error(400, "Invalid email.", *(pointer(seen, n) for n in bad))) if bad else OK

    with provider_http(answer) as provider:
        given = Batch(tuple(message(n) for n in range(5)), options=OPTIONS)
        outcomes = list(KLAVIYO.mode("events").send(HTTP, settings(provider.url), given))

    assert {(o.message_id, o.reason) for o in outcomes if o.fate is Fate.REFUSED} == {
        ("dlv_1", "Invalid email."),
        ("dlv_3", "Invalid email."),
    }
    assert [len(asked(seen)) for seen in provider.seen] == [5, 3]


def test_what_was_cut_off_is_known_again_one_by_one() -> None:
    conflict = (409, {}, error(409, "An event with this unique_id exists."))

    outcomes, provider = sent("events", [conflict, conflict, OK, conflict], *(message(n) for n in range(3)))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED] * 3
    assert [seen.path.rpartition("/")[2] for seen in provider.seen] == ["event-bulk-create-jobs", "events", "events", "events"]


def test_a_conflict_that_points_is_there_already() -> None:
    def answer(seen: Seen) -> Reply:
        there = [n for n, (who, _) in enumerate(asked(seen)) if who == "c-1"]
        return (409, {}, error(409, "Duplicate.", *(pointer(seen, n) for n in there))) if there else OK

    with provider_http(answer) as provider:
        given = Batch(tuple(message(n) for n in range(4)), options=OPTIONS)
        outcomes = list(KLAVIYO.mode("events").send(HTTP, settings(provider.url), given))

    assert {(o.fate, o.reason) for o in outcomes} == {(Fate.ACCEPTED, "")}
    assert [len(asked(seen)) for seen in provider.seen] == [4, 3]


def test_somebody_klaviyo_does_not_know_by_its_id_is_refused() -> None:
    outcomes, _ = sent("events", (404, {}, error(404, "A profile with id c-1 does not exist.", "/data/")), message(1), known_by="id")

    assert outcomes[0].fate is Fate.REFUSED


def test_a_refusal_that_points_at_nobody_is_found_by_halves_and_one_of_everybody_is_our_mistake() -> None:
    def answer(seen: Seen) -> Reply:
        return (400, {}, error(400, "Invalid input.")) if any(who == "c-5" for who, _ in asked(seen)) else OK

    with provider_http(answer) as provider:
        given = Batch(tuple(message(n) for n in range(8)), options=OPTIONS)
        outcomes = list(KLAVIYO.mode("events").send(HTTP, settings(provider.url), given))

    assert [o.message_id for o in outcomes if o.fate is Fate.REFUSED] == ["dlv_5"]
    with pytest.raises(Config, match=r"refuses every message: Invalid input\."):
        sent("events", (400, {}, error(400, "Invalid input.")), *(message(n) for n in range(8)))


def test_a_metric_it_does_not_take_pauses_the_distribution() -> None:
    with pytest.raises(Config, match="too long"):
        sent("events", (400, {}, error(400, "too long", "/data/attributes/metric/data/attributes/name")), message(1))


def test_values_too_long_alone_are_our_mistake() -> None:
    with pytest.raises(Config, match="too long"):
        sent("profiles", (413, {}, b""), message(1))


@pytest.mark.parametrize("status", [401, 403, 404, 410, 415])
def test_what_the_key_or_the_address_may_not_stops_the_connection(status: int) -> None:
    with pytest.raises(Stop):
        sent("profiles", (status, {}, b""), message(1))


@pytest.mark.parametrize("status", [500, 503, 504, 524])
def test_everything_else_is_sent_again(status: int) -> None:
    outcomes, _ = sent("events", (status, {"Retry-After": "7"}, b""), message(1), message(2))

    assert [(o.fate, o.retry_after, o.wait) for o in outcomes] == [(Fate.LATER, 7, None)] * 2


def test_a_pause_in_the_middle_is_not_asked_about_again() -> None:
    conflict, pause = (409, {}, error(409, "Duplicate.")), (429, {"Retry-After": "7"}, b"")

    outcomes, provider = sent("events", [conflict, OK, pause], *(message(n) for n in range(5)))

    assert len(provider.seen) == 3
    assert [(o.fate, o.wait and o.wait.seconds) for o in outcomes] == [(Fate.ACCEPTED, None)] + [(Fate.LATER, 7)] * 4


def test_a_window_that_is_used_up_is_waited_for() -> None:
    outcomes, _ = sent("events", (202, {"RateLimit-Remaining": "0", "RateLimit-Reset": "42"}, b""), message(1))

    assert (outcomes[0].fate, outcomes[0].wait and outcomes[0].wait.seconds) == (Fate.ACCEPTED, 42)


def polled(answers: dict[str, Reply]) -> list[Outcome]:
    """What is heard about the job; the query of a path counts."""
    with provider_http(lambda seen: answers[seen.path.removeprefix(f"/api/profile-bulk-import-jobs/{JOB}")]) as provider:
        assert POLL is not None
        return list(POLL(HTTP, settings(provider.url), JOB))


def failed(*people: str, following: str = "") -> bytes:
    found = [
        {"type": "import-error", "id": who, "attributes": {
            "code": "invalid", "title": "Invalid input", "detail": f"Nobody is {who}.", "source": {"pointer": "/data"},
            "original_payload": {"external_id": who, "email": "x"}}}
        for who in people
    ]  # fmt: skip
    return json.dumps({"data": found, "links": {"self": "https://a.klaviyo.com/", "next": following}}).encode()


def test_nobody_has_an_end_while_the_job_runs() -> None:
    assert polled({"": (200, {}, job("queued"))}) == []
    assert polled({"": (200, {}, job("processing"))}) == []


def test_a_job_that_is_done_has_written_everybody() -> None:
    assert polled({"": (200, {}, job("complete", 3))}) == [Outcome("", Fate.ACCEPTED)]


def test_the_errors_of_a_job_name_whom_it_could_not_write_over_all_pages() -> None:
    first, second = "/import-errors?page%5Bsize%5D=20", "/import-errors?page%5Bsize%5D=20&page%5Bcursor%5D=bmV4dA%3D%3D"
    following = "https://elsewhere.example/api/x?page%5Bcursor%5D=bmV4dA%3D%3D"

    told = polled(
        {"": (200, {}, job("complete", 5, 2)), first: (200, {}, failed("c-1", following=following)), second: (200, {}, failed("c-4"))}
    )

    assert told == [
        Outcome("c-1", Fate.REFUSED, "Nobody is c-1."), Outcome("c-4", Fate.REFUSED, "Nobody is c-4."), Outcome("", Fate.ACCEPTED)
    ]  # fmt: skip


def test_errors_that_name_too_few_leave_the_others_unsure() -> None:
    told = polled({"": (200, {}, job("complete", 5, 2)), "/import-errors?page%5Bsize%5D=20": (200, {}, failed("c-1"))})

    assert [(o.message_id, o.fate) for o in told] == [("c-1", Fate.REFUSED), ("", Fate.UNSURE)]


@pytest.mark.parametrize(
    ("answer", "fate", "wait"),
    [
        ((200, {}, job("cancelled")), Fate.LATER, None),
        ((404, {}, b""), Fate.UNSURE, None),
        ((429, {"Retry-After": "9"}, b""), Fate.PENDING, 9),
        ((500, {}, b""), Fate.PENDING, None),
        ("cut", Fate.PENDING, None),
    ],
)
def test_a_job_that_cannot_be_asked_about_is_asked_again(answer: Reply, fate: Fate, wait: float | None) -> None:
    (told,) = polled({"": answer})

    assert (told.message_id, told.fate, told.wait and told.wait.seconds) == ("", fate, wait)


def test_a_key_that_may_not_ask_stops_the_connection() -> None:
    with pytest.raises(Stop):
        polled({"": (403, {}, b"")})


def checked(*forbidden: str) -> Any:
    def answer(seen: Seen) -> Reply:
        return (403, {}, b"") if seen.path.rpartition("/")[2] in forbidden else (400, {}, error(400, "no"))

    def of_account(seen: Seen) -> Reply:
        return (200, {}, b"{}") if seen.path == "/api/accounts" and "accounts" not in forbidden else answer(seen)

    with provider_http(of_account) as provider:
        return KLAVIYO.check(HTTP, settings(provider.url), 0)


def test_scopes_that_are_missing_are_named() -> None:
    assert checked("accounts").works
    assert checked("accounts").notes == ()
    assert "profiles:write" in checked("profile-bulk-import-jobs").notes[0]
    none = checked("events", "profile-bulk-import-jobs")
    assert not none.works
    assert len(none.problems) == 2


def test_the_published_vector_is_genuine() -> None:
    body = b'{"data":[],"meta":{"klaviyo_webhook_id":"x"}}'
    given = {"klaviyo-signature": "df7f0a06be6b083c53c9b8e9a05b1bf0c2b3c65973864acb0e1acbb4ea0e5e29"}

    assert SECRET == "supersecretkey_1234567890"
    assert RECEIVE(settings(""), Request(given | {"klaviyo-timestamp": "Tue, 14 Apr 2026 03:50:12 GMT"}, body)).genuine
    assert not RECEIVE(settings(""), Request(given | {"klaviyo-timestamp": "Tue, 14 Apr 2026 03:50:13 GMT"}, body)).genuine


@pytest.mark.parametrize(
    ("topic", "about", "happened"),
    [
        ("marked_email_as_spam", {"email": "dina@example.com"}, Happened.COMPLAINED),
        ("bounced_email", {"$email": "dina@example.com", "Bounce Type": "Hard"}, Happened.BOUNCED),
        ("bounced_email", {"$email": "dina@example.com", "Bounce Type": "Soft"}, Happened.BOUNCED_SOFT),
        ("dropped_email", {"email": "dina@example.com"}, Happened.DROPPED),
        ("unsubscribed_from_email_marketing", {"email": "dina@example.com"}, Happened.UNSUBSCRIBED_ALL),
        ("manually_suppressed_from_email_marketing", {"email": "dina@example.com"}, Happened.UNSUBSCRIBED_ALL),
        ("unsubscribed_from_sms_marketing", {"phone_number": "+447700900001"}, Happened.STOPPED),
        ("opened_email", {"email": "dina@example.com"}, None),
        ("marked_email_as_spam", {}, None),
    ],
)
def test_opt_outs_in_our_words(topic: str, about: dict[str, str], happened: Happened | None) -> None:
    event = {"topic": f"event:klaviyo.{topic}", "payload": {"data": {"attributes": {"event_properties": about}}}}
    body = json.dumps({"data": [event, 3]}).encode()

    received = RECEIVE(settings(""), Request(signed(body), body))

    assert (received.genuine, received.signed) == (True, True)
    assert [r.happened for r in received.receipts] == ([happened] if happened else [])
