"""What is Airship's own: a warning is no success, an error points at an item, nobody stands twice in a call, and nobody is opted in."""

import json

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Message, Outcome, one_by_one
from integrations.http import Http
from tests.integrations.provider_http import provider_http
from tests.integrations.recordings import airship as recorded
from tests.integrations.replies import Reply, Seen

AIRSHIP = catalogue.provider("airship")
EVENTS: Reply = (200, {}, json.dumps({"ok": True, "operation_id": recorded.OPERATION}).encode())
MAILS: Reply = (202, {}, json.dumps({"ok": True, "operation_id": recorded.OPERATION, "push_ids": ["p"]}).encode())


def message(number: int, address: str = "") -> Message:
    tags = {"distribution": "distr_1"}
    return Message(f"dlv_{number}", address or f"c-{number}", data={"voucher_code": f"CODE-{number}"}, tags=tags, attempt_at=1_700_000_000)


def sent(mode: str, replies: list[Reply], *messages: Message, **settings: str) -> tuple[list[Outcome], list[Seen]]:
    given = Batch(messages, options=recorded.OPTIONS)
    with provider_http(replies) as peer:
        return list(one_by_one(AIRSHIP.mode(mode).send(Http(), recorded.settings(peer.url) | settings, given))), peer.seen


@pytest.mark.parametrize("key", ["warning", "warnings"])
def test_a_warning_is_no_success(key: str) -> None:
    outcomes, _ = sent("attributes", [(200, {}, json.dumps({"ok": True, key: "Named user does not exist."}).encode())], message(1))

    assert [(o.fate, o.reason) for o in outcomes] == [(Fate.REFUSED, "Airship wrote nothing: Named user does not exist.")]


@pytest.mark.parametrize(
    "reply", [(200, {}, b'{"ok": true, "warning": "voucher_code, until"}'), recorded.error(400, 40000, "no voucher_code")]
)
def test_an_attribute_that_is_not_defined_pauses_the_distribution(reply: Reply) -> None:
    with pytest.raises(Config, match="voucher_code"):
        sent("attributes", [reply], message(1))


def test_an_empty_value_takes_the_attribute_away() -> None:
    one = Message("dlv_1", "c-1", data={"voucher_code": "C", "balance": ""})

    _, (asked,) = sent("attributes", [(200, {}, b'{"ok": true}')], one)

    assert json.loads(asked.body) == {
        "attributes": [{"action": "set", "key": "voucher_code", "value": "C"}, {"action": "remove", "key": "balance"}],
    }
    assert asked.path == "/api/named_users/c-1/attributes"
    assert asked.headers["accept"] == "application/vnd.urbanairship+json; version=3"


def test_the_one_an_error_points_at_is_refused_and_the_rest_is_asked_again() -> None:
    wrong = recorded.error(400, 40000, "Not an address.", "audience.create_and_send[1].ua_address")

    outcomes, seen = sent("email", [wrong, MAILS], *(message(n, f"p{n}@example.com") for n in range(3)))

    assert {o.message_id: (o.fate, o.for_good) for o in outcomes} == {
        "dlv_0": (Fate.ACCEPTED, False), "dlv_1": (Fate.REFUSED, True), "dlv_2": (Fate.ACCEPTED, False),
    }  # fmt: skip
    assert recorded.people(seen[1]) == ["p0@example.com", "p2@example.com"]


def test_nobody_stands_twice_in_one_call() -> None:
    outcomes, seen = sent("email", [MAILS, MAILS], message(1, "Dina@example.com"), message(2, "dina@example.com"))

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED] * 2
    assert [len(recorded.people(one)) for one in seen] == [1, 1]


def test_a_mail_is_commercial_and_opts_nobody_in() -> None:
    _, (asked,) = sent("email", [MAILS], message(1, "p1@example.com"))

    said = json.loads(asked.body)
    assert said["audience"]["create_and_send"] == [{"ua_address": "p1@example.com", "voucher_code": "CODE-1"}]
    assert said["notification"]["email"]["message_type"] == "commercial"
    assert said["campaigns"] == {"categories": ["distr_1"]}


def test_a_template_that_is_not_there_pauses_the_distribution() -> None:
    with pytest.raises(Config, match="no such template"):
        sent("email", [recorded.error(400, 40000, "no such template", "notification.email.template")], message(1, "p1@example.com"))


def test_mails_need_a_sender() -> None:
    with pytest.raises(Config, match="sender"):
        sent("email", [], message(1, "p1@example.com"), sender_address="")


def test_an_event_has_our_id_so_that_two_are_not_taken_for_one() -> None:
    _, (asked,) = sent("events", [EVENTS], message(1), message(2))

    said = json.loads(asked.body)
    assert [one["body"]["unique_id"] for one in said] == ["dlv_1", "dlv_2"]
    assert said[0]["occurred"] == "2023-11-14T22:13:20"


@pytest.mark.parametrize("address", [" c-1", "c" * 129])
def test_an_id_that_no_named_user_can_have_is_refused_here(address: str) -> None:
    outcomes, _ = sent("events", [EVENTS], message(1, address), message(2))

    assert {o.message_id: o.fate for o in outcomes} == {"dlv_1": Fate.REFUSED, "dlv_2": Fate.ACCEPTED}


def test_who_has_no_channel_there_has_nothing_to_leave() -> None:
    assert AIRSHIP.tell_opt_out is not None
    with provider_http([recorded.error(404, 40401, "No such channel")]) as peer:
        outcome = AIRSHIP.tell_opt_out(Http(), recorded.settings(peer.url), "dina@example.com")

    assert outcome.fate is Fate.ACCEPTED
