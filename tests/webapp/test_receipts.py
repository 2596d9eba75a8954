"""The door of receipts: believed or not, kept as it came, answered at once."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import settings
from domain.connections import edit, inbound
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.sending.receipts import apply as receipts
from domain.tables import workspace
from domain.tables.connections import Connection, RawReceipt
from integrations.contract import Happened, Request
from tests.integrations.recordings import sendgrid as recorded
from tests.integrations.recordings import smtp, twilio
from tests.integrations.recordings.mandrill import HARD_BOUNCE, posted
from tests.sending import a_project
from webapp.receipts import backlog, rate_limit, views

ADA = Actor("user_1", "Ada")


@pytest.fixture
def signed(session: Session) -> Connection:
    values = {"api_key": "SG.hidden-word", "region": "global", "verification_key": recorded.KEY}
    recorded.when_it_was_signed(session)
    return edit.create(session, ADA, "sendgrid", "News", values)[0]


@pytest.fixture(autouse=True)
def counting_begins_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    rate_limit._counts.clear()
    monkeypatch.setattr(backlog, "_looked_at", float("-inf"))
    yield
    monkeypatch.undo()
    settings.current.cache_clear()


def post(client: Any, connection: Connection, body: bytes = recorded.BODY, headers: Any = recorded.SIGNED, **more: Any) -> Any:
    return client.post(f"/receipts/{connection.receipt_word}", data=body, headers=headers, content_type="application/json", **more)


def kept(session: Session) -> list[RawReceipt]:
    return list(session.scalars(select(RawReceipt)))


def test_a_genuine_post_is_kept_as_it_came_and_answered(client: Any, session: Session, signed: Connection) -> None:
    answer = client.post(f"/receipts/{signed.receipt_word}", data=recorded.BODY, headers=recorded.SIGNED, content_type="application/json")

    assert (answer.status_code, answer.text) == (200, "")
    (raw,) = kept(session)
    assert raw.body == recorded.BODY
    assert raw.state == "pending"


def test_a_provider_that_looks_first_finds_something(client: Any, signed: Connection) -> None:
    assert client.get(f"/receipts/{signed.receipt_word}").status_code == 200
    assert client.get("/receipts/nothing-here").status_code == 404


def test_a_forged_post_is_refused_and_not_kept(client: Any, session: Session, signed: Connection) -> None:
    for body, headers in ((recorded.BODY.replace(b"hello", b"hallo"), recorded.SIGNED), (recorded.BODY, {})):
        answer = client.post(f"/receipts/{signed.receipt_word}", data=body, headers=headers, content_type="application/json")
        assert answer.status_code == 403
    assert kept(session) == []


def test_twilio_signs_our_public_address_whatever_the_host_header_says(client: Any, session: Session) -> None:
    a_project(session).public_url = "https://maple.example"
    sms = edit.create(session, ADA, "twilio", "SMS", twilio.settings("https://api.twilio.example"))[0]
    path = f"/receipts/{sms.receipt_word}"
    stop = twilio.posted({"From": "+447701000001", "Body": "STOP"}, f"https://maple.example{path}")
    sent = twilio.posted(twilio.CALLBACK, f"https://maple.example{path}?message=dlv_1")
    forged = twilio.posted(twilio.CALLBACK, f"https://evil.example{path}?message=dlv_1")

    def post(where: str, given: Request, host: str) -> Any:
        headers = {**given.headers, "Host": host}
        return client.post(where, data=given.body, headers=headers, content_type="application/x-www-form-urlencoded")

    answer = post(path, stop, "localhost")
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text.endswith("<Response/>")
    assert post(f"{path}?message=dlv_1", sent, "localhost").status_code == 200
    assert post(f"{path}?message=dlv_2", sent, "localhost").status_code == 403
    assert post(f"{path}?message=dlv_1", forged, "localhost").status_code == 403
    assert len(kept(session)) == 2


def test_an_address_nobody_has_takes_nothing(client: Any, session: Session) -> None:
    assert client.post("/receipts/guess", data=recorded.BODY).status_code == 404
    assert client.get("/receipts/guess").status_code in {404, 405}


def test_a_provider_without_receipts_takes_nothing(client: Any, session: Session) -> None:
    sandbox = edit.create(session, ADA, "sandbox", "Sandbox", {})[0]

    assert client.post(f"/receipts/{sandbox.receipt_word}", data=b"[]").status_code == 404


def test_whoever_looks_before_posting_is_answered(client: Any, session: Session, signed: Connection) -> None:
    assert client.head(f"/receipts/{signed.receipt_word}").status_code == 200
    assert client.head("/receipts/guess").status_code == 404
    assert kept(session) == []


def test_a_provider_that_signs_the_address_is_told_ours(client: Any, session: Session) -> None:
    workspace.current_project(session).public_url = "https://largesse.example"
    values = {"api_key": "md-hidden-word", "unsubscribe": "together", "api": "https://mandrillapp.com/api/1.4"}
    mandrill = edit.create(session, ADA, "mandrill", "News", values | {"verification_key": "webhook-key-123"})[0]
    post = posted(HARD_BOUNCE, url=f"https://largesse.example/receipts/{mandrill.receipt_word}?x=1")

    answer = client.post(f"/receipts/{mandrill.receipt_word}?x=1", data=post.body, headers=post.headers)
    elsewhere = client.post(f"/receipts/{mandrill.receipt_word}?x=2", data=post.body, headers=post.headers)

    assert (answer.status_code, elsewhere.status_code) == (200, 403)
    (raw,) = kept(session)
    assert raw.body == post.body


def test_an_endless_post_is_refused(client: Any, session: Session, signed: Connection) -> None:
    answer = client.post(f"/receipts/{signed.receipt_word}", data=b"x" * (views.LIMIT + 1), headers=recorded.SIGNED)

    assert answer.status_code == 413
    assert kept(session) == []


def test_forged_posts_are_counted_by_their_sender_and_hold_up_nobody_else(
    client: Any, session: Session, signed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "FORGED", 1)
    here, there = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}

    forged = [post(client, signed, b"{", environ_base=here).status_code for _ in range(2)]

    assert forged == [403, 429]
    assert post(client, signed, b"{", environ_base=there).status_code == 403, "another sender"
    assert post(client, signed, environ_base=here).status_code == 200, "a right signature is believed, wherever it comes from"


def test_posts_that_are_signed_have_no_limit_and_those_that_nobody_signs_have_one(
    client: Any, session: Session, signed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "UNSIGNED", 2)
    monkeypatch.setattr(rate_limit, "FORGED", 2)
    unsigned = edit.create(session, ADA, "sendgrid", "Unsigned", {"api_key": "SG.hidden-word", "region": "global"})[0]

    assert [post(client, signed).status_code for _ in range(5)] == [200] * 5
    assert [post(client, unsigned, headers={}).status_code for _ in range(3)] == [200, 200, 429]


def test_a_post_that_comes_again_is_answered_alike_and_kept_once(client: Any, session: Session, signed: Connection) -> None:
    answers = [post(client, signed).status_code for _ in range(3)]

    assert answers == [200, 200, 200]
    assert len(kept(session)) == 1
    values = {"api_key": "SG.hidden-word", "region": "global", "verification_key": recorded.KEY}
    assert post(client, edit.create(session, ADA, "sendgrid", "Other", values)[0]).status_code == 200
    assert len(kept(session)) == 2, "another connection is another address"


def test_a_post_is_kept_again_where_nobody_signs(client: Any, session: Session) -> None:
    unsigned = edit.create(session, ADA, "sendgrid", "Unsigned", {"api_key": "SG.hidden-word", "region": "global"})[0]

    for _ in range(2):
        post(client, unsigned, headers={})

    assert len(kept(session)) == 2


@pytest.mark.parametrize(("days", "status"), [(2.9, 200), (3.1, 403), (-1, 403)])
def test_a_signature_has_an_age(client: Any, session: Session, signed: Connection, days: float, status: int) -> None:
    recorded.when_it_was_signed(session, days * 86_400)

    assert post(client, signed).status_code == status
    assert len(kept(session)) == (status == 200)


def test_what_a_signed_post_says_is_judged_later(client: Any, session: Session) -> None:
    sms = edit.create(session, ADA, "twilio", "SMS", twilio.settings("https://api.twilio.example"))[0]
    url = workspace.public_url(workspace.current_project(session)) + f"/receipts/{sms.receipt_word}"
    given = twilio.posted({"Nonsense": "yes"}, url)

    answer = client.post(
        f"/receipts/{sms.receipt_word}", data=given.body, headers=given.headers, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 200
    assert len(kept(session)) == 1


def test_above_the_ceiling_the_door_asks_to_come_again_until_something_is_applied(
    client: Any, session: Session, signed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(client, signed).status_code == 200
    assert inbound.waiting(session) == len(recorded.BODY)
    monkeypatch.setenv("LARGESSE_RECEIPTS_WAITING_MB", "0")
    settings.current.cache_clear()

    monkeypatch.setattr(backlog, "_looked_at", float("-inf"))
    full = post(client, signed)
    monkeypatch.setenv("LARGESSE_RECEIPTS_WAITING_MB", "1")
    settings.current.cache_clear()

    assert (full.status_code, post(client, signed).status_code) == (503, 200)
    receipts.apply_waiting(session)
    assert inbound.waiting(session) == len(recorded.BODY), "it names a message that is not known yet, and waits for it"
    session.execute(delete(RawReceipt))
    assert inbound.waiting(session) == 0


def test_no_token_of_a_form_is_asked_for(
    app: Any, client: Any, session: Session, signed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    answer = client.post(f"/receipts/{signed.receipt_word}", data=recorded.BODY, headers=recorded.SIGNED, content_type="application/json")

    assert answer.status_code == 200


def test_a_returned_mail_is_posted_raw_and_believed_by_its_signature(client: Any, session: Session) -> None:
    values = smtp.settings(25) | {"signing": "none"}
    relay = edit.create(session, ADA, "smtp", "Relay", values)[0]
    now = int(clock.now(session).timestamp())
    mail = smtp.RECEIPTS[0][0].body
    signed, old, forged = smtp.posted(mail, now), smtp.posted(mail, now - 4 * 86_400), smtp.posted(mail, now)

    def posted(given: Request, body: bytes = mail) -> int:
        path = f"/receipts/{relay.receipt_word}"
        return int(client.post(path, data=body, headers=given.headers, content_type="message/rfc822").status_code)

    assert [posted(signed), posted(signed), posted(old), posted(forged, mail + b" ")] == [200, 200, 403, 403]
    (raw,) = kept(session)
    assert [receipt.happened for receipt in inbound.read(session, raw).receipts] == [Happened.BOUNCED]
