"""What providers tell us afterwards: states move right only, however often and in whatever order they say it."""

import base64
import json
import random
import re
import uuid

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import inbound
from domain.connections.inbound import DoorVerdict
from domain.kernel import clock
from domain.sending.receipts import apply as receipts
from domain.sending.states import tallies
from domain.sending.states.consequences import CONSEQUENCES, RANK, SOFT
from domain.tables.connections import Connection
from domain.tables.customers import Permission
from domain.tables.distributions import Distribution, Version
from integrations.contract import Happened, Receipt
from tests.journeys.installation import ROOT
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
    """Whether all of them name messages that are known."""
    with house.session() as session:
        return not receipts.apply(session, session.query(Connection).one(), told)


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


@pytest.mark.parametrize("at", [-1, 4_000_000_000, 10**300])
def test_a_receipt_from_far_ahead_is_applied_and_dated_when_it_came(house: House, at: int) -> None:
    distribution, (message,) = sent(house)

    assert tell(house, Receipt(Happened.BOUNCED, message_id=message, at=at))

    with house.session() as session:
        assert states(session, distribution) == {"bounced": 1}
        assert session.scalars(text("SELECT settled_at <= :now FROM deliveries"), {"now": clock.now(session)}).one()


def test_a_hard_bounce_suppresses_the_address_and_a_soft_one_does_not(house: House) -> None:
    _, (first, second) = sent(house, 2)

    tell(house, Receipt(Happened.BOUNCED, message_id=first), Receipt(Happened.BOUNCED_SOFT, message_id=second))

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

    assert not tell(house, Receipt(Happened.BOUNCED, provider_id="call-1"))
    assert not tell(house, Receipt(Happened.BOUNCED, provider_id="call-1", address="nobody@example.com"))
    assert tell(house, Receipt(Happened.BOUNCED, provider_id="call-1", address=somebody.upper()))

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2, "bounced": 1}
        assert session.execute(text("SELECT address FROM deliveries WHERE state = 'bounced'")).scalar_one() == somebody


def test_a_stop_by_address_is_effective_at_once(house: House) -> None:
    sent(house)

    tell(house, Receipt(Happened.STOPPED, address="+447700900018"))

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
            Receipt(Happened.UNSUBSCRIBED, address="dina@okafor.example"),
            Receipt(Happened.BOUNCED, message_id=message),
        )
        assert not receipts.apply(session, connection, told, signed=False)

        assert session.scalars(text("SELECT reason FROM suppressions")).all() == ["bounced"]


def test_an_unsigned_stop_is_heard_from_whoever_was_written_to(house: House) -> None:
    with house.session() as session:
        codes_to_segment(session, 1, mode="sms", parts={"text": "{{ voucher.code }}"})
        session.execute(text("UPDATE customers SET phone = '+447701000001'"))
    house.tick()

    with house.session() as session:
        connection = session.query(Connection).one()
        told = [Receipt(Happened.STOPPED, address=f"+44770100000{n}") for n in (1, 2)]
        assert not receipts.apply(session, connection, told, signed=False)

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


BEFORE = ("unsure", "accepted", SOFT, "refused", "skipped", "delivered", "bounced", "complained")


def end(before: str, happened: Happened) -> str:
    """What the table promises."""
    mark = CONSEQUENCES[happened].mark
    if before in {"refused", "skipped"} or not mark:
        return before
    return max(before, mark, key=RANK.index)


@pytest.mark.parametrize("happened", Happened)
def test_every_row_of_the_table_from_every_state(house: House, happened: Happened) -> None:
    """State, counters, permission and list of addresses, and what the timeline says."""
    _, messages = sent(house, len(BEFORE))
    with house.session() as session:
        now = clock.now(session)
        offers = Permission(name="Offers", name_key="offers", channels=["email"], created_at=now, updated_at=now)
        session.add(offers)
        session.flush()
        for version in session.query(Version):
            version.plan = version.plan | {"channels": [way | {"permission_id": str(offers.id)} for way in version.plan["channels"]]}
        for message, mark in zip(messages, BEFORE, strict=True):
            values = {"id": message.removeprefix("dlv_"), "state": "bounced" if mark == SOFT else mark, "soft": mark == SOFT}
            session.execute(text("UPDATE deliveries SET state = :state, soft = :soft WHERE id = CAST(:id AS uuid)"), values)
        session.execute(text("DELETE FROM tally_deltas"))
        session.execute(text("DELETE FROM tallies"))
        tallies_begin(session)
    follows = CONSEQUENCES[happened]

    for _ in range(2):
        assert tell(house, *(Receipt(happened, message_id=message) for message in messages))

    with house.session() as session:
        found = session.execute(text("SELECT CASE WHEN soft THEN :soft ELSE state END FROM deliveries ORDER BY id"), {"soft": SOFT})
        assert list(found.scalars()) == [end(before, happened) for before in BEFORE]
        assert tallies.check(session) == []
        listed = set(session.scalars(text("SELECT reason FROM suppressions")))
        assert listed == ({follows.suppresses} - {""})
        withdrawn = session.scalar(text("SELECT count(*) FROM address_opt_outs"))
        assert withdrawn == (len(BEFORE) if follows.withdraws else 0)
        notes = session.scalar(text("SELECT count(*) FROM delivery_steps WHERE reason = :note"), {"note": follows.note or "-"})
        assert bool(notes) == bool(follows.note)


def tallies_begin(session: Session) -> None:
    """Counters as the rows say."""
    session.execute(
        text("""
            INSERT INTO tallies (distribution_id, channel, state, reason, minute, count)
            SELECT distribution_id, channel, state, reason, now(), count(*) FROM deliveries GROUP BY 1, 2, 3, 4
            UNION ALL SELECT distribution_id, channel, 'sent', '', now(), count(*) FROM deliveries
                WHERE state IN ('accepted', 'delivered', 'bounced', 'complained') GROUP BY 1, 2
            UNION ALL SELECT distribution_id, '', state, reason, now(), count(*) FROM recipients GROUP BY 1, 3, 4""")
    )


@pytest.mark.parametrize(
    ("because", "reason"), [(Happened.BOUNCED, "bounced"), (Happened.COMPLAINED, "complained"), (Happened.UNSUBSCRIBED_ALL, "unsubscribed")]
)
def test_a_drop_by_the_list_of_the_provider_is_no_bounce_and_the_address_is_listed_here_too(
    house: House, because: Happened, reason: str
) -> None:
    distribution, (message,) = sent(house)

    tell(house, Receipt(Happened.DROPPED, message_id=message, because=because))

    with house.session() as session:
        assert states(session, distribution) == {"refused": 1}
        assert session.scalars(text("SELECT reason FROM suppressions")).all() == [reason]


def test_start_takes_back_a_stop_and_nothing_else(house: House) -> None:
    sent(house)
    tell(house, Receipt(Happened.STOPPED, address="+447700900018"), Receipt(Happened.COMPLAINED, address="+447700900019"))

    tell(house, *(Receipt(Happened.RESUBSCRIBED, address=f"+44770090001{n}") for n in (8, 9)))

    with house.session() as session:
        assert session.scalars(text("SELECT reason FROM suppressions")).all() == ["complained"]


def test_what_a_signed_receipt_says_of_an_address_we_know_counts_although_the_message_is_not_ours(house: House) -> None:
    sent(house)
    with house.session() as session:
        somebody = session.scalars(text("SELECT email FROM customers")).one()

    assert not tell(
        house,
        Receipt(Happened.BOUNCED, provider_id="whose?", address=somebody.upper()),
        Receipt(Happened.COMPLAINED, provider_id="whose?", address="stranger@x.example"),
    )

    with house.session() as session:
        assert session.execute(text("SELECT s.reason, s.hash = c.email_hash FROM suppressions s, customers c")).all() == [("bounced", True)]


def test_known_events_of_a_post_are_applied_once_and_only_the_unknown_ones_wait(house: House) -> None:
    _, (message,) = sent(house)
    events = [{"event": "deferred", "largesse_message": message}, {"event": "delivered", "largesse_message": f"dlv_{uuid.uuid4().hex}"}]
    with house.session() as session:
        connection = session.query(Connection).one()
        connection.provider, connection.config = "sendgrid", {"region": "global", "verification_key": ""}
        inbound.take(session, connection, {}, json.dumps(events).encode(), "")

    for apply in (receipts.apply_waiting, receipts.apply_late, receipts.apply_late):
        with house.session() as session:
            apply(session)

    with house.session() as session:
        assert session.execute(text("SELECT state, waiting FROM raw_receipts")).one() == ("unknown", [1])
        assert session.scalar(text("SELECT count(*) FROM delivery_steps WHERE reason LIKE '%goes on trying%'")) == 1


def test_the_documented_table_is_the_one_that_is_followed() -> None:
    page = (ROOT / "docs" / "using" / "customers.md").read_text()
    rows = dict(re.findall(r"^\| ([a-z ]+) \| (.*) \|$", page.split("| What happened |")[1].split("\n\n")[0], re.MULTILINE))

    assert set(rows) == {happened.value for happened in Happened}
    for happened, follows in CONSEQUENCES.items():
        state, permission, address = (cell.strip() for cell in rows[happened.value].split("|"))
        assert state.partition(",")[0] == follows.state
        assert bool(permission) == follows.withdraws
        assert address.startswith(follows.suppresses or follows.lifts)
        assert bool(address) == bool(follows.suppresses or follows.lifts or happened is Happened.DROPPED)
