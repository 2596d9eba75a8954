"""Batch: a success that lost something is none for whom it was lost, and no profile is made that nobody asked for."""

import json
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Message, Outcome, Stop
from integrations.http import Http
from tests.integrations.provider_http import Answers, ProviderHttp, provider_http
from tests.integrations.recordings.batch import OPTIONS, partial, refused, settings
from tests.integrations.replies import Reply, Seen

HTTP = Http()
BATCH = catalogue.provider("batch")
OK: Reply = (202, {}, b'{"code": "SUCCESS"}')


def message(number: int, **data: str) -> Message:
    return Message(f"dlv_{number}", f"c-{number}", data={"voucher_code": f"CODE-{number}"} | data, attempt_at=1_700_000_000)


def sent(mode: str, answers: Answers, *messages: Message, **other: str) -> tuple[list[Outcome], ProviderHttp]:
    with provider_http(answers) as provider:
        given = Batch(messages, options=OPTIONS)
        found = list(BATCH.mode(mode).send(HTTP, settings(provider.url) | other, given))
    return [one for one in found if isinstance(one, Outcome)], provider


PUBLISHED: list[dict[str, Any]] = [
    {
        "identifiers": {"custom_id": "129c7819"},
        "attributes": {
            "$email_address": "jane@example.com",
            "firstname": "Jane",
            "date(birthdate)": "1989-07-20T00:00:00Z",
            "nickname": None,
        },
        "events": [{"name": "added_to_cart", "time": "2026-11-20T10:00:00Z", "attributes": {"$label": "pumpkin", "unit_price": 3.99}}],
    }
]
"""The example of Batch's own page on updates, with the optional time of an event that the page describes."""


def form(value: Any, own: bool = False) -> Any:
    """Which fields there are and of which kinds; names of attributes are everybody's own."""
    if isinstance(value, dict):
        return "own" if own else {key: form(one, own=key == "attributes") for key, one in value.items()}
    return [form(one) for one in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("mode", ["attributes", "events"])
def test_an_operation_has_the_form_of_the_published_example(mode: str) -> None:
    _, provider = sent(mode, OK, message(1))

    (ours,), (published,) = form(json.loads(provider.seen[0].body)), form(PUBLISHED)
    assert ours == {key: published[key] for key in ("identifiers", mode)}


def test_attributes_lose_what_is_empty_and_events_leave_it_out() -> None:
    _, attributes = sent("attributes", OK, message(1, balance=""))
    _, events = sent("events", OK, message(1, balance=""))

    assert json.loads(attributes.seen[0].body)[0]["attributes"] == {"voucher_code": "CODE-1", "balance": None}
    assert json.loads(events.seen[0].body)[0]["events"] == [
        {"name": "voucher_assigned", "time": "2023-11-14T22:13:20Z", "attributes": {"voucher_code": "CODE-1", "largesse_message": "dlv_1"}}
    ]
    assert attributes.seen[0].headers["x-batch-project"] == "project_0664hxvwffvbpn278gxdyhsadddqgna6"


def test_few_go_the_fast_way_and_many_together() -> None:
    _, few = sent("attributes", OK, *(message(n) for n in range(200)))
    _, many = sent("attributes", OK, *(message(n) for n in range(201)))

    assert [seen.path for seen in (*few.seen, *many.seen)] == ["/2.11/profiles/update", "/2.11/profiles/mass-update"]


def test_nothing_is_sent_until_profiles_may_be_made() -> None:
    with pytest.raises(Config, match="makes a profile"):
        sent("attributes", [], message(1), makes_profiles="")
    assert BATCH.prerequisites is not None
    with provider_http((400, {}, refused("MALFORMED_PARAMETER"))) as provider:
        (problem,) = BATCH.prerequisites(HTTP, settings(provider.url) | {"makes_profiles": ""}, ())
        assert BATCH.prerequisites(HTTP, settings(provider.url), ()) == ()
    assert "makes a profile" in problem


@pytest.mark.parametrize("mode", ["attributes", "events"])
def test_whoever_lost_a_value_did_not_get_it(mode: str) -> None:
    outcomes, _ = sent(mode, (202, {}, partial(1)), *(message(n) for n in range(3)))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, Fate.REFUSED, Fate.ACCEPTED]
    assert "voucher_code" in outcomes[1].reason


def test_nobody_misses_an_attribute_for_reports() -> None:
    outcomes, _ = sent("events", (202, {}, partial(0, attribute="largesse_message")), message(1))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED]


@pytest.mark.parametrize(
    "body",
    [
        b'{"code": "SUCCESS_WITH_PARTIAL_ERRORS", "errors": []}',
        b'{"code": "SUCCESS_WITH_PARTIAL_ERRORS"}',
        b'{"code": "SUCCESS_WITH_PARTIAL_ERRORS", "errors": [{"bulk_index": 9, "reason": "no"}]}',
        b'{"code": "SUCCESS_WITH_PARTIAL_ERRORS", "errors": [{"bulk_index": true, "reason": "no"}]}',
        b'{"code": "FAILURE"}',
    ],
)
def test_an_error_that_names_nobody_leaves_everybody_in_doubt(body: bytes) -> None:
    attributes, _ = sent("attributes", (202, {}, body), message(1), message(2))
    events, _ = sent("events", (202, {}, body), message(1), message(2))

    assert {o.fate for o in attributes} == {Fate.LATER}
    assert {o.fate for o in events} == {Fate.UNSURE}


def test_a_value_lost_by_everybody_is_our_mistake() -> None:
    with pytest.raises(Config, match="voucher_code"):
        sent("attributes", (202, {}, partial(0, 1, 2)), *(message(n) for n in range(3)))


def test_a_value_that_would_be_left_out_is_refused_aloud_and_the_others_go() -> None:
    outcomes, provider = sent("attributes", OK, message(1, note="x" * 301), message(2))

    assert {o.message_id: o.fate for o in outcomes} == {"dlv_1": Fate.REFUSED, "dlv_2": Fate.ACCEPTED}
    assert len(json.loads(provider.seen[0].body)) == 1


def test_a_call_that_is_refused_as_a_whole_is_found_by_halves() -> None:
    def answer(seen: Seen) -> Reply:
        return (400, {}, refused("MALFORMED_PARAMETER", "No such id.")) if b'"c-5"' in seen.body else OK

    outcomes, _ = sent("events", answer, *(message(n) for n in range(8)))

    assert [(o.message_id, o.reason) for o in outcomes if o.fate is Fate.REFUSED] == [("dlv_5", "Batch refuses it: No such id.")]
    with pytest.raises(Config, match="refuses every message"):
        sent("events", (400, {}, refused("MALFORMED_PARAMETER")), *(message(n) for n in range(8)))


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_key_or_a_project_that_may_not_stops_the_connection(status: int) -> None:
    with pytest.raises(Stop):
        sent("events", (status, {}, refused("AUTHENTICATION_INVALID")), message(1))


def test_a_pause_in_the_middle_is_not_asked_about_again() -> None:
    refusal, pause = (400, {}, refused("MALFORMED_PARAMETER")), (429, {"Retry-After": "7"}, b"")

    outcomes, provider = sent("events", [refusal, OK, pause], *(message(n) for n in range(4)))

    assert len(provider.seen) == 3
    assert [o.fate for o in outcomes] == [Fate.ACCEPTED] * 2 + [Fate.LATER] * 2
