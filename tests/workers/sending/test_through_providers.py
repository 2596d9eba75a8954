"""A distribution through real adapters, over real sockets: what the other side took is what the database says."""

import email
import email.policy
import json
from email.message import EmailMessage
from urllib.parse import parse_qsl

import pytest
import standardwebhooks
from sqlalchemy import text

from domain.connections import edit, inbound, pause
from domain.insight.inbox import find, read
from domain.insight.inbox.find import InboxFilter
from domain.kernel.actor import SYSTEM
from domain.tables.connections import Connection
from tests.integrations import recordings
from tests.integrations.peer import answering
from tests.integrations.recordings import twilio as recorded_twilio
from tests.integrations.recordings import webhook as recorded_webhook
from tests.integrations.recordings.smtp import Sink, serving
from tests.integrations.recordings.smtp import settings as smtp_settings
from tests.sending import codes_to_segment, states
from tests.workers.house import House

SENDER = {"from_email": "hello@maple.example", "from_name": "Maple & Rye"}
MAIL = SENDER | {
    "subject": "For {{ customer.first_name }}",
    "text": "Your code: {{ voucher.code }}. No more: {{ links.unsubscribe }}",
    "html": "<p>{{ customer.first_name }}: <b>{{ voucher.code }}</b></p>",
}
BODY = {"payload": '{"type": "code.sent", "data": {"code": "{{ voucher.code }}", "name": "{{ customer.first_name }}"}}'}


def codes(house: House) -> dict[str, str]:
    """Address -> the code that is theirs, by the ledger."""
    with house.session() as session:
        rows = session.execute(
            text(
                "SELECT c.email, v.code FROM publications p JOIN vouchers v ON v.id = p.voucher_id JOIN customers c ON c.id = p.customer_id"
            )
        )
        return {row.email: row.code for row in rows}


def test_one_mail_with_one_code_each_over_smtp_and_nobody_else(house: House) -> None:
    sink = Sink()
    with serving(sink) as port:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "smtp", "Relay", smtp_settings(port) | {"signing": "none"})
            distribution = codes_to_segment(session, 60, connection=connection, mode="mail", parts=MAIL)
        house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 60}
    held = codes(house)
    assert sorted(address for address, _ in sink.taken) == sorted(held)
    assert len(set(held.values())) == 60
    for address, raw in sink.taken:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
        assert all(body is not None and held[address] in body.get_content() for body in bodies)
        assert mail["To"] == address
        assert mail["List-Unsubscribe"].startswith("<https://maple.example/u/")


def test_a_server_that_refuses_the_sign_in_pauses_the_connection_and_refuses_nobody(house: House) -> None:
    sink = Sink("bad key")
    with serving(sink) as port:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "smtp", "Relay", smtp_settings(port) | {"signing": "none"})
            distribution = codes_to_segment(session, 5, connection=connection, mode="mail", parts=MAIL)
        house.tick()
        with house.session() as session:
            row = session.get_one(Connection, connection.id)
            assert "refused to sign us in" in row.paused_reason
            assert "refused" not in states(session, distribution)
            assert "accepted" not in states(session, distribution)

        sink.situation = "success"
        with house.session() as session:
            pause.resume(session, connection.id, SYSTEM)
        house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 5}


def test_one_call_carries_all_to_sendgrid_and_a_refused_address_costs_only_itself(house: House) -> None:
    with recordings.on_the_wire("sendgrid", "partial") as rehearsal:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "sendgrid", "News", rehearsal.settings)
            distribution = codes_to_segment(session, 40, connection=connection, mode="mail", parts=MAIL)
            session.execute(
                text("UPDATE customers SET email = 'nobody@example.com' WHERE id = (SELECT min(id::text)::uuid FROM customers)")
            )
        house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 39, "refused": 1}
    assert len(rehearsal.taken) == 39
    assert rehearsal.peer is not None
    assert [len(json.loads(seen.body)["personalizations"]) for seen in rehearsal.peer.seen] == [40, 39]
    held = codes(house)
    for said in json.loads(rehearsal.peer.seen[1].body)["personalizations"]:
        assert held[said["to"][0]["email"]] in said["substitutions"].values()


@pytest.mark.parametrize(("situation", "end"), [("cut", "unsure"), ("server error", "unsure")])
def test_what_sendgrid_may_have_taken_is_not_sent_again(house: House, situation: str, end: str) -> None:
    with recordings.on_the_wire("sendgrid", situation) as rehearsal:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "sendgrid", "News", rehearsal.settings)
            distribution = codes_to_segment(session, 3, connection=connection, mode="mail", parts=MAIL)
        for _ in range(3):
            house.tick()

    with house.session() as session:
        assert states(session, distribution) == {end: 3}
    assert rehearsal.peer is not None
    assert len(rehearsal.peer.seen) == 1


def test_a_stop_that_twilio_knows_of_is_known_here_and_taken_back_by_a_start(house: House) -> None:
    with answering(lambda seen: recorded_twilio.error(21610, "Attempt to send to unsubscribed recipient")) as peer:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "twilio", "SMS", recorded_twilio.settings(peer.url))
            distribution = codes_to_segment(session, 2, connection=connection, mode="sms", parts={"text": "{{ voucher.code }}"})
            session.execute(text("UPDATE customers SET phone = '+44770100000' || substr(name, 6)"))
        house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"refused": 2}
        assert session.execute(text("SELECT kind, reason, source FROM suppressions")).all() == [("phone", "stop", "SMS")] * 2
    said = recorded_twilio.posted({"From": "+447701000001", "Body": "START"})
    with house.session() as session:
        inbound.take(session, session.get_one(Connection, connection.id), said.headers, said.body, said.url)
    house.work()

    with house.session() as session:
        assert session.execute(text("SELECT kind, reason FROM suppressions")).all() == [("phone", "stop")]


@pytest.mark.parametrize("times", [1, 3])
def test_a_callback_settles_what_was_cut_off(house: House, times: int) -> None:
    with recordings.on_the_wire("twilio", "cut") as rehearsal:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "twilio", "SMS", rehearsal.settings)
            distribution = codes_to_segment(session, 1, connection=connection, mode="sms", parts={"text": "{{ voucher.code }}"})
            session.execute(text("UPDATE customers SET phone = '+447701000001'"))
        house.tick()

    assert rehearsal.peer is not None
    (seen,) = rehearsal.peer.seen
    callback = dict(parse_qsl(seen.body.decode()))["StatusCallback"]
    assert callback.startswith("https://maple.example/receipts/")
    for status in ("delivered", "sent", "queued") * times:
        said = recorded_twilio.posted({"MessageSid": "SM1", "MessageStatus": status, "To": "+447701000001"}, callback)
        with house.session() as session:
            inbound.take(session, session.get_one(Connection, connection.id), said.headers, said.body, said.url)
    house.work()

    with house.session() as session:
        assert states(session, distribution) == {"delivered": 1}


def test_webhook_bodies_are_signed_and_come_again_until_they_are_taken(house: House) -> None:
    with recordings.on_the_wire("webhook", "server error") as rehearsal:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "webhook", "Shop", rehearsal.settings | {"secret": recorded_webhook.SECRET})
            distribution = codes_to_segment(session, 2, connection=connection, mode="webhook", parts=BODY)
        house.tick()

        with house.session() as session:
            assert states(session, distribution) == {"ready": 2}
            waits = session.scalars(text("SELECT extract(epoch FROM due_at - ready_at)::int FROM deliveries")).all()
            assert all(4 <= wait <= 8 for wait in waits), waits

    assert rehearsal.peer is not None
    told = {seen.headers["webhook-id"] for seen in rehearsal.peer.seen}
    assert len(told) == 2
    for seen in rehearsal.peer.seen:
        body = standardwebhooks.Webhook(recorded_webhook.SECRET).verify(seen.body, seen.headers)
        assert body["data"]["code"].startswith("AUTUMN-")


def test_the_sandbox_inbox_shows_what_was_sent_word_by_word(house: House) -> None:
    with house.session() as session:
        codes_to_segment(session, 3, parts=MAIL)
    house.tick()

    held = codes(house)
    with house.session() as session:
        letters = [read.letter(session, found, codes=True) for found in find.page(session, InboxFilter()).letters]
        masked = [read.letter(session, found, codes=False) for found in find.page(session, InboxFilter()).letters]
        assert len(letters) == 3
        for letter in letters:
            assert f"Your code: {held[letter.found.address]}." in letter.parts["text"]
        assert not any(code in str(letter.parts) for letter in masked for code in held.values())
