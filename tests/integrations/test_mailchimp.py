"""Mailchimp beyond the contract: whose status is never touched, where calls may go, and what a 403 is."""

import dataclasses
import hashlib
import json
from typing import Any

import pytest

from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, PeerTrouble, Request, Stop, Wait
from integrations.http import Http
from integrations.providers import mailchimp
from integrations.providers.mailchimp import members
from integrations.providers.mailchimp.client import api
from integrations.providers.mailchimp.receipts import receive
from tests.integrations.provider_http import provider_http
from tests.integrations.recordings.mailchimp import SECRET, problem, settings, signed
from tests.integrations.replies import Reply, Seen

HTTP = Http()
MEMBERS, EVENTS = mailchimp.PROVIDER.modes


def messages(*addresses: str, **data: str) -> Batch:
    given = tuple(Message(f"dlv_{n}", address, data=data or {"VCODE": f"C-{n}"}) for n, address in enumerate(addresses))
    return Batch(given, options={"event": "code_given"})


def sent(batch: Batch, *replies: Reply, mode: Any = MEMBERS, **changes: str) -> tuple[list[Outcome], list[Seen]]:
    with provider_http(list(replies) if len(replies) > 1 else replies[0]) as provider:
        outcomes = list(mode.send(HTTP, {**settings(provider.url), **changes}, batch))
        return outcomes, list(provider.seen)


def fine(*errors: tuple[str, str]) -> Reply:
    said = {"new_members": [], "updated_members": [{}, {}], "errors": [{"email_address": a, "error": e} for a, e in errors]}
    return 200, {}, json.dumps(said).encode()


def test_nobodys_status_is_ever_sent() -> None:
    for new, wanted in (("", None), ("pending", "pending")):
        _, seen = sent(messages("dina@example.com"), fine(), new_contacts=new)

        body = json.loads(seen[0].body)
        assert body["update_existing"] is True
        assert "status" not in body["members"][0]
        assert body["members"][0].get("status_if_new") == wanted
        assert body["members"][0]["merge_fields"] == {"VCODE": "C-0"}


def test_who_left_the_audience_is_refused_in_words() -> None:
    outcomes, _ = sent(
        messages("Dina@example.com", "eli@example.com"),
        fine(("dina@EXAMPLE.com", "dina@example.com is in a compliance state due to unsubscribe, bounce or compliance review")),
    )

    assert [(o.fate, o.message_id) for o in outcomes] == [(Fate.REFUSED, "dlv_0"), (Fate.ACCEPTED, "dlv_1")]
    assert outcomes[0].reason.startswith("Left this audience")
    assert "@" not in outcomes[0].reason
    assert outcomes[0].because is None, "they left one audience, not everything"


def test_a_contact_named_by_its_place_is_left_out_of_the_second_call() -> None:
    no = problem(400, "Invalid Resource", errors=[{"field": "members.1.email_address", "message": "looks fake or invalid"}])
    outcomes, seen = sent(messages("dina@example.com", "x", "eli@example.com"), no, fine())

    assert {o.message_id: o.fate for o in outcomes} == {"dlv_1": Fate.REFUSED, "dlv_0": Fate.ACCEPTED, "dlv_2": Fate.ACCEPTED}
    assert len(json.loads(seen[1].body)["members"]) == 2


def test_a_value_that_would_be_cut_off_is_refused_aloud_and_the_others_go() -> None:
    outcomes, seen = sent(messages("dina@example.com", VCODE="ü" * 128), fine())

    assert outcomes[0].fate is Fate.REFUSED
    assert "VCODE" in outcomes[0].reason
    assert seen == []


def test_an_answer_that_is_not_mailchimps_is_no_yes() -> None:
    outcomes, seen = sent(messages("dina@example.com", "eli@example.com"), (200, {}, b"<html>somebody else"))

    assert [(o.fate, o.trouble) for o in outcomes] == [(Fate.LATER, PeerTrouble.FAILED)] * 2
    assert len(seen) == 1


def test_an_answer_longer_than_we_read_is_asked_for_in_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "REPLY_LIMIT", 200)
    outcomes, seen = sent(messages("dina@example.com", "eli@example.com"), (200, {}, b"{" + b" " * 300), fine(), fine())

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, Fate.ACCEPTED]
    assert len(seen) == 3


def test_what_mailchimp_does_not_understand_pauses_the_distribution() -> None:
    with pytest.raises(Config):
        sent(messages("dina@example.com"), problem(400, "Bad Request"))


@pytest.mark.parametrize("mode", [MEMBERS, EVENTS], ids=["members", "events"])
def test_a_403_without_json_is_too_many_connections_and_one_with_json_is_no_right(mode: Any) -> None:
    outcomes, _ = sent(messages("dina@example.com", "eli@example.com"), (403, {}, b"<html>"), mode=mode)
    assert [o.fate for o in outcomes] == [Fate.LATER] * 2
    assert outcomes[0].wait == Wait(10.0, "Mailchimp asks for a pause.")

    with pytest.raises(Stop):
        sent(messages("dina@example.com"), problem(403, "User Disabled"), mode=mode)


def test_after_a_throttled_event_nobody_else_is_asked_about() -> None:
    outcomes, seen = sent(messages("a@example.com", "b@example.com"), (429, {"retry-after": "30"}, b""), mode=EVENTS)

    assert len(seen) == 1
    assert [(o.wait and o.wait.seconds, o.trouble) for o in outcomes] == [(30.0, PeerTrouble.NONE), (None, PeerTrouble.UNTRIED)]


def test_an_event_names_the_contact_by_its_hash() -> None:
    _, seen = sent(messages("Dina@Example.com"), (204, {}, b""), mode=EVENTS)

    hashed = hashlib.md5(b"dina@example.com", usedforsecurity=False).hexdigest()
    assert seen[0].path == f"/3.0/lists/a6b5da1054/members/{hashed}/events"
    assert json.loads(seen[0].body) == {"name": "code_given", "properties": {"VCODE": "C-0"}}


@pytest.mark.parametrize("end", ["us19.evil.example", "us19@evil", "", "US19", "us1234", "localhost"])
def test_a_key_cannot_choose_where_calls_go(end: str) -> None:
    with pytest.raises(Stop):
        api({"api": "", "api_key": f"abcdef0123-{end}"})
    assert api({"api": "", "api_key": "abcdef0123-us19"}) == "https://us19.api.mailchimp.com/3.0"


def test_each_missing_merge_field_is_named() -> None:
    with provider_http((200, {}, b'{"id": "x", "merge_fields": [{"tag": "VCODE"}]}')) as provider:
        asks = mailchimp.prerequisites
        assert asks(HTTP, settings(provider.url), ("VCODE",)) == ()
        (missing,) = asks(HTTP, settings(provider.url), ("VCODE", "VUNTIL"))
        assert "VUNTIL" in missing
        assert asks(HTTP, settings(provider.url), ()) == ()
        assert all(seen.method == "GET" for seen in provider.seen)
    with provider_http(problem(404, "Resource Not Found")) as provider:
        assert mailchimp.prerequisites(HTTP, settings(provider.url), ("VCODE",)) == (mailchimp.NO_AUDIENCE,)


VECTOR = (
    b"type=unsubscribe&fired_at=2026-11-20+07%3A00%3A00&data%5Bid%5D=8a25ff1d98&data%5Blist_id%5D=a6b5da1054"
    b"&data%5Bemail%5D=a%40example.com"
)
VECTOR_SIGNATURE = "t=1718000000,v1=7491fc51b589220c56f14c64352616096f3d1ba895c759a38abcd0d52648b2c6"


def test_the_signature_of_a_webhook() -> None:
    genuine = Request({"x-mailchimp-signature": VECTOR_SIGNATURE}, VECTOR)

    (receipt,) = receive(settings("http://x"), genuine).receipts
    assert (receipt.happened, receipt.address) == (Happened.UNSUBSCRIBED, "a@example.com")
    assert not receive(settings("http://x"), dataclasses.replace(genuine, body=VECTOR + b"&x=1")).genuine
    unsigned = receive({**settings("http://x"), "signing_secret": ""}, Request({}, VECTOR))
    assert (unsigned.genuine, unsigned.signed) == (True, False)


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("type=unsubscribe&data[action]=delete", None),
        ("type=unsubscribe&data[reason]=abuse", Happened.COMPLAINED),
        ("type=cleaned&data[reason]=hard", Happened.BOUNCED),
        ("type=cleaned&data[reason]=abuse", Happened.COMPLAINED),
        ("type=profile", None),
    ],
)
def test_only_who_left_or_is_unreachable_counts(more: str, wanted: Happened | None) -> None:
    body = f"{more}&data[email]=dina@example.com".encode()

    received = receive(settings("http://x"), Request(signed(body), body))

    assert received.genuine
    assert [r.happened for r in received.receipts] == ([wanted] if wanted else [])
    assert SECRET not in repr(received)
