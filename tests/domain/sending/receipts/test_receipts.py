"""What providers tell us afterwards: states move right only, however often and in whatever order they say it."""

import base64
import json
import random

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text

from domain.connections import inbound
from domain.connections.inbound import DoorVerdict
from domain.kernel import clock
from domain.sending.receipts import apply as receipts
from domain.sending.states import tallies
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from integrations.contract import Happened, Receipt
from tests.sending import codes_to_segment, states
from tests.workers.house import House

WORDS = (Happened.DELIVERED, Happened.OPENED, Happened.CLICKED, Happened.BOUNCED, Happened.COMPLAINED, Happened.ACCEPTED)


def sent(house: House, people: int = 1) -> tuple[Distribution, list[str]]:
    with house.session() as session:
        distribution = codes_to_segment(session, people=people)
    house.tick()
    with house.session() as session:
        return distribution, [f"dlv_{id.hex}" for id in session.scalars(text("SELECT id FROM deliveries ORDER BY id"))]


def tell(house: House, *told: Receipt) -> bool:
    with house.session() as session:
        return receipts.apply(session, session.query(Connection).one(), told)


@pytest.mark.parametrize("seed", range(5))
def test_any_order_and_repetition_ends_the_same(house: House, seed: int) -> None:
    distribution, (message,) = sent(house)
    told = [Receipt(word, message_id=message, at=1_760_000_000 + n) for n, word in enumerate(WORDS)] * 2
    random.Random(seed).shuffle(told)

    for receipt in told:
        tell(house, receipt)

    with house.session() as session:
        assert states(session, distribution) == {"complained": 1}
        opened, clicked = session.execute(
            text("SELECT extract(epoch FROM opened_at), extract(epoch FROM clicked_at) FROM deliveries")
        ).one()
        assert (opened, clicked) == (1_760_000_001, 1_760_000_002)
        assert tallies.check(session) == []


def test_a_hard_bounce_suppresses_the_address_and_a_soft_one_does_not(house: House) -> None:
    _, (first, second) = sent(house, 2)

    tell(house, Receipt(Happened.BOUNCED, message_id=first, permanent=True), Receipt(Happened.BOUNCED, message_id=second))

    with house.session() as session:
        assert session.scalars(text("SELECT reason FROM suppressions")).all() == ["bounced"]


def test_a_complaint_about_somebody_known_by_an_id_suppresses_their_mail_address(house: House) -> None:
    _, (message,) = sent(house)
    with house.session() as session:
        session.execute(text("UPDATE deliveries SET address = 'crm-4711'"))

    tell(house, Receipt(Happened.COMPLAINED, message_id=message))

    with house.session() as session:
        kind, listed = session.execute(text("SELECT s.kind, c.email_hash = s.hash FROM suppressions s, customers c")).one()
        assert (kind, listed) == ("email", True)


def test_an_unknown_message_is_no_error_and_one_of_another_connection_is_not_touched(house: House) -> None:
    distribution, (message,) = sent(house)
    with house.session() as session:
        session.execute(text("UPDATE deliveries SET connection_id = largesse_uuid7()"))

    assert not tell(house, Receipt(Happened.BOUNCED, message_id=message), Receipt(Happened.BOUNCED, provider_id="whose?"))

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1}


def test_an_id_that_a_whole_call_shares_means_nobody_without_the_address(house: House) -> None:
    distribution, _ = sent(house, 3)
    with house.session() as session:
        session.execute(text("UPDATE deliveries SET provider_id = 'call-1'"))
        somebody = session.scalars(text("SELECT address FROM deliveries LIMIT 1")).one()

    assert not tell(house, Receipt(Happened.BOUNCED, provider_id="call-1", permanent=True))
    assert not tell(house, Receipt(Happened.BOUNCED, provider_id="call-1", address="nobody@example.com", permanent=True))
    assert tell(house, Receipt(Happened.BOUNCED, provider_id="call-1", address=somebody.upper(), permanent=True))

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2, "bounced": 1}
        assert session.execute(text("SELECT address FROM deliveries WHERE state = 'bounced'")).scalar_one() == somebody


def test_a_stop_by_address_is_effective_at_once(house: House) -> None:
    sent(house)

    tell(house, Receipt(Happened.UNSUBSCRIBED, address="+447700900018", permanent=True))

    with house.session() as session:
        assert session.execute(text("SELECT kind, reason FROM suppressions")).one() == ("phone", "stop")


def test_a_receipt_settles_what_was_unsure(house: House) -> None:
    distribution, (message,) = sent(house)
    with house.session() as session:
        session.execute(text("UPDATE deliveries SET state = 'unsure'"))
        session.execute(text("UPDATE tally_deltas SET state = 'unsure' WHERE state = 'accepted'"))
        session.execute(text("UPDATE tallies SET state = 'unsure' WHERE state = 'accepted'"))
        for table in ("tally_deltas", "tallies"):
            session.execute(text(f"DELETE FROM {table} WHERE state = 'sent'"))

    tell(house, Receipt(Happened.DELIVERED, message_id=message))

    with house.session() as session:
        assert states(session, distribution) == {"delivered": 1}
        assert tallies.check(session) == []


def test_what_is_not_signed_stops_no_address(house: House) -> None:
    _, (message,) = sent(house)
    with house.session() as session:
        connection = session.query(Connection).one()
        told = (
            Receipt(Happened.UNSUBSCRIBED, address="dina@okafor.example", permanent=True),
            Receipt(Happened.BOUNCED, message_id=message, permanent=True),
        )
        assert receipts.apply(session, connection, told, signed=False)

        assert session.scalars(text("SELECT reason FROM suppressions")).all() == ["bounced"]


def test_an_unsigned_stop_is_heard_from_whoever_was_written_to(house: House) -> None:
    with house.session() as session:
        codes_to_segment(session, 1, mode="sms", parts={"text": "{{ voucher.code }}"})
        session.execute(text("UPDATE customers SET phone = '+447701000001'"))
    house.tick()

    with house.session() as session:
        connection = session.query(Connection).one()
        told = [Receipt(Happened.UNSUBSCRIBED, address=f"+44770100000{n}", permanent=True) for n in (1, 2)]
        assert receipts.apply(session, connection, told, signed=False)

        assert session.execute(text("SELECT kind, reason FROM suppressions")).all() == [("phone", "stop")]


def test_a_signed_post_goes_from_the_door_to_the_delivery(house: House) -> None:
    distribution, (message,) = sent(house)
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    with house.session() as session:
        now = int(clock.now(session).timestamp())
    body = json.dumps([{"event": "delivered", "email": "x@example.com", "timestamp": now, "largesse_message": message}]).encode()
    signature = base64.b64encode(key.sign(str(now).encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    headers = {"x-twilio-email-event-webhook-signature": signature, "x-twilio-email-event-webhook-timestamp": str(now)}
    with house.session() as session:
        connection = session.query(Connection).one()
        connection.provider = "sendgrid"
        connection.config = {"region": "global", "verification_key": base64.b64encode(public).decode()}
        assert inbound.take(session, connection, headers, body, "").verdict is DoorVerdict.TAKEN

    with house.session() as session:
        receipts.apply_waiting(session)

    with house.session() as session:
        assert states(session, distribution) == {"delivered": 1}
