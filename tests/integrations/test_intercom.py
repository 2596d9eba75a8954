"""What is Intercom's own: contacts found by one search, made on request, known by a 409; attributes looked for; the region asked."""

import json
from collections.abc import Iterator

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Message, Outcome, Request, one_by_one
from integrations.http import Http
from integrations.providers.intercom import client
from tests.integrations.provider_http import provider_http
from tests.integrations.recordings import intercom as recorded
from tests.integrations.replies import Reply, Seen

INTERCOM = catalogue.provider("intercom")
DINA, EMIL = (
    Message(f"dlv_{name}", name, data={"voucher_code": f"CODE-{name}"}, email=f"{name}@example.com", attempt_at=recorded.AT)
    for name in ("dina", "emil")
)
ID = "6762f0cd1bb69f9f2193bb7c"


def sent(replies: list[Reply], *messages: Message, mode: str = "attributes", **settings: str) -> tuple[list[Outcome], list[Seen]]:
    given = Batch(messages, options={"event": "voucher-assigned"})
    with provider_http(replies) as peer:
        outcomes: Iterator[Outcome] = one_by_one(INTERCOM.mode(mode).send(Http(), recorded.settings(peer.url) | settings, given))
        return list(outcomes), peer.seen


def written(address: str) -> Reply:
    return 200, {}, json.dumps(recorded.contact(address)).encode()


def test_one_search_finds_all_of_a_call_and_each_is_written() -> None:
    outcomes, (search, *puts) = sent([(200, {}, recorded.contacts("emil", "dina")), written("dina"), written("emil")], DINA, EMIL)

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED] * 2
    assert json.loads(search.body)["query"] == {"field": "external_id", "operator": "IN", "value": ["dina", "emil"]}
    assert [json.loads(put.body) for put in puts] == [{"custom_attributes": m.data} for m in (DINA, EMIL)]


def test_who_is_too_new_for_the_search_is_asked_for_by_external_id() -> None:
    outcomes, seen = sent([(200, {}, recorded.contacts()), written("dina"), written("dina")], DINA)

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED]
    assert [one.path for one in seen[1:]] == ["/contacts/find_by_external_id/dina", f"/contacts/{recorded.id_of('dina')}"]


def test_who_is_no_contact_is_made_only_where_the_connection_says_so() -> None:
    unknown = recorded.error(404, "not_found", "User Not Found")
    left_out, _ = sent([(200, {}, recorded.contacts()), unknown], DINA)
    made, seen = sent([(200, {}, recorded.contacts()), written("dina")], DINA, new_contacts="create")

    assert [(o.fate, o.for_good) for o in left_out] == [(Fate.REFUSED, False)]
    assert [o.fate for o in made] == [Fate.ACCEPTED]
    assert json.loads(seen[-1].body) == {
        "role": "user", "external_id": "dina", "email": "dina@example.com", "custom_attributes": {"voucher_code": "CODE-dina"},
    }  # fmt: skip


def test_a_conflict_says_that_they_exist_and_they_are_written_to() -> None:
    conflict = recorded.error(409, "conflict", f"A contact matching those details already exists with id={ID}")
    same = 200, {}, json.dumps({"type": "contact", "id": ID}).encode()

    outcomes, seen = sent([(200, {}, recorded.contacts()), conflict, same], DINA, new_contacts="create")

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED]
    assert (seen[-1].method, seen[-1].path) == ("PUT", f"/contacts/{ID}")


def test_an_answer_about_somebody_else_is_no_yes() -> None:
    outcomes, _ = sent([(200, {}, recorded.contacts("dina")), written("emil")], DINA)

    assert [o.fate for o in outcomes] == [Fate.LATER]


def test_an_attribute_that_is_missing_pauses_the_distribution() -> None:
    missing = recorded.error(400, "parameter_invalid", "Custom attribute 'voucher_code' does not exist")

    with pytest.raises(Config, match="voucher_code"):
        sent([(200, {}, recorded.contacts("dina")), missing], DINA)


def test_a_limit_that_is_used_up_holds_everybody_until_its_second() -> None:
    last = 202, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(recorded.AT + 9)}, b""

    outcomes, _ = sent([last], DINA, EMIL, mode="events")

    assert [o.fate for o in outcomes] == [Fate.ACCEPTED, Fate.LATER]
    assert outcomes[0].wait is not None
    assert outcomes[0].wait.seconds == 9


def test_an_event_has_ten_values_at_most() -> None:
    many = Message("dlv_1", "dina", data={f"value_{n}": "x" for n in range(11)}, attempt_at=recorded.AT)

    with pytest.raises(Config, match="10 values"):
        sent([], many, mode="events")


def test_missing_attributes_are_named_or_made() -> None:
    assert INTERCOM.prerequisites is not None
    listed = 200, {}, json.dumps({"type": "list", "data": [recorded.attribute("voucher_code")]}).encode()
    made = 200, {}, json.dumps(recorded.attribute("until")).encode()
    with provider_http([listed, listed, made]) as peer:
        named = INTERCOM.prerequisites(Http(), recorded.settings(peer.url), ["voucher_code", "until"])
        none = INTERCOM.prerequisites(Http(), recorded.settings(peer.url) | {"new_attributes": "create"}, ["voucher_code", "until"])

    assert [name for name in named if "until" in name] == list(named)
    assert none == ()
    assert json.loads(peer.seen[-1].body)["data_type"] == "string"


def test_a_workspace_of_another_region_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with provider_http((200, {}, b'{"type": "admin", "app": {"region": "EU"}}')) as peer:
        monkeypatch.setitem(client.REGIONS, "us", peer.url)
        checked = INTERCOM.check(Http(), recorded.settings(peer.url) | {"region": "us"}, 0)

    assert not checked.works
    assert "EU" in checked.problems[0]


def test_the_signature_is_that_of_the_description() -> None:
    assert INTERCOM.signature is not None
    body = b'{"type":"notification_event","topic":"ping","data":{}}'
    headers = {"x-hub-signature": "sha1=df3ba7aa4687d846e3328eb7600eb4e45d89e691"}

    assert INTERCOM.signature({"client_secret": "client-secret-abc"}, Request(headers, body)).genuine
    assert not INTERCOM.signature({"client_secret": "client-secret-abc"}, Request(headers, body + b" ")).genuine
