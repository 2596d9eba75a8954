"""Plain batches are sent in few statements, and leave what the careful way leaves: the same states, reasons, codes and counts."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.consents.suppressions import suppress
from domain.incentives.ledger import check as ledger
from domain.insight.reports import story
from domain.kernel import clock, secrets
from domain.sending.plain.usual import usual
from domain.sending.receipts.apply import apply
from domain.sending.recipients import from_audience
from domain.sending.states import tallies
from domain.tables.connections import Connection
from domain.tables.customers import Customer, Segment
from domain.tables.distributions import Distribution
from domain.tables.sending import Delivery
from integrations.contract import Happened, Receipt
from tests.faults.standin import standing_in
from tests.sending import WORDS, a_connection, codes_to_segment, states, waits_for_codes_of
from tests.workers.house import House

CAREFUL = {"per_second": 100_000}
"""A connection whose calls are counted by the second is served the careful way."""
BOTH = pytest.mark.parametrize("ways", [{}, CAREFUL], ids=["plain", "careful"])
Ways = dict[str, int]


def scene(session: Session, ways: Ways, people: int = 12, **values: object) -> Distribution:
    return codes_to_segment(session, people, connection=a_connection(session, **ways), **values)


def is_plain(house: House, distribution: Distribution) -> bool:
    with house.session() as session:
        return usual(session, distribution.id) is not None


def check(house: House) -> None:
    with house.session() as session:
        assert tallies.check(session) == []
        assert ledger.check(session) == []


@BOTH
def test_reasons_leave_out_the_same_people(house: House, ways: Ways) -> None:
    with house.session() as session:
        distribution = scene(session, ways, codes=9)
        some = session.query(Customer).order_by(Customer.id).all()
        some[1].erased_at = clock.now(session)
        some[2].email = some[2].email_hash = ""
        suppress(session, "email", some[3].email, "bounced")
        some[5].email, some[5].email_hash = some[4].email.upper(), some[4].email_hash

    assert is_plain(house, distribution) == (ways == {})
    house.tick()

    with house.session() as session:
        told = session.execute(
            text("""SELECT r.state, r.reason, d.state, d.reason, r.voucher_id IS NOT NULL, d.address <> '', d.slots IS NOT NULL, r.prepared
                    FROM recipients r JOIN deliveries d ON d.recipient_id = r.id ORDER BY r.customer_id""")
        ).all()
        served = ("served", "", "accepted", "", True, True, True, 1)
        assert [tuple(row) for row in told] == [
            served,
            ("skipped", "erased", "skipped", "erased", False, True, False, 1),
            ("skipped", "no_email", "skipped", "no_email", False, False, False, 1),
            ("skipped", "suppressed", "skipped", "suppressed", False, True, False, 1),
            served,
            ("skipped", "same_address", "skipped", "same_address", False, True, False, 1),
            *[served] * 6,
        ]
        assert session.execute(text("SELECT status FROM distributions")).scalar_one() == "done"
        given = session.execute(text("SELECT count(*), count(DISTINCT voucher_id), count(DISTINCT recipient_id) FROM publications")).one()
        assert given == (8, 8, 8)
        assert session.execute(text("SELECT count(*) FROM delivery_claims")).scalar_one() == 0
    check(house)


@BOTH
def test_who_is_suppressed_after_the_run_began_is_not_written_to(house: House, ways: Ways) -> None:
    with house.session() as session:
        distribution = scene(session, ways, people=3)
        from_audience.make_page(session, distribution.id)
    with house.session() as session:
        suppress(session, "email", session.query(Customer).order_by(Customer.id).limit(1).one().email, "unsubscribed")

    house.tick()

    with house.session() as session:
        assert states(session, session.query(Distribution).one()) == {"accepted": 2, "skipped": 1}
        assert session.execute(text("SELECT reason FROM recipients WHERE state = 'skipped'")).scalar_one() == "unsubscribed"
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE is_free")).scalar_one() == 1
    check(house)


@BOTH
def test_too_few_codes_serve_the_first_and_the_others_wait(house: House, ways: Ways) -> None:
    with house.session() as session:
        distribution = scene(session, ways, codes=5)

    house.tick()

    with house.session() as session:
        assert states(session, distribution, "recipients") == {"served": 5, "pending": 7}
        assert session.execute(text("SELECT status, pause_reason FROM distributions")).one() == ("paused", "no_codes")
    check(house)


@BOTH
def test_words_that_need_liquid_say_the_same(house: House, ways: Ways) -> None:
    parts = {
        "subject": "{{ customer.first_name | upcase }}",
        "text": "{% if voucher.code %}{{ voucher.code }}{% endif %} {{ voucher.expires }}",
    }
    with house.session() as session:
        distribution = scene(session, ways, parts=parts)

    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 12}
        rows = session.execute(text("SELECT d.slots, v.code FROM deliveries d JOIN vouchers v ON v.recipient_id = d.recipient_id"))
        assert all("DINA" in row.slots.values() and row.code in row.slots.values() for row in rows)
    check(house)


def test_both_ways_say_the_same(house: House) -> None:
    with house.session() as session:
        one = scene(session, {}, people=1)
        other = codes_to_segment(session, 1, connection=a_connection(session, **CAREFUL))
        session.execute(text("UPDATE customers SET typed_first_name = 'Dina <b>'"))
        session.execute(text("UPDATE vouchers SET code = 'SAME-' || campaign_id"))
        segment = session.execute(text("SELECT segment_id FROM segment_members LIMIT 1")).scalar_one()
        move = "UPDATE distribution_versions SET plan = jsonb_set(plan, '{segment_id}', to_jsonb(CAST(:segment AS text)))"
        session.execute(text(move), {"segment": str(segment)})

    house.tick()

    with house.session() as session:
        said = {
            row.distribution_id: {key: value.replace(row.code, "CODE") for key, value in row.slots.items()}
            for row in session.execute(
                text("SELECT d.distribution_id, d.slots, v.code FROM deliveries d JOIN vouchers v USING (recipient_id)")
            )
        }
        assert said[one.id] == said[other.id]
        assert "Dina &lt;b&gt;" in str(said[one.id]) or "Dina <b>" in str(said[one.id])


def test_whoever_asks_about_codes_or_waits_for_them_hears_of_plain_batches_too(house: House) -> None:
    with house.session() as session:
        distribution = scene(session, {})
        campaign = session.execute(text("SELECT id FROM campaigns")).scalar_one()
        waits_for_codes_of(session, campaign)
        now, holds = clock.now(session), {"fact": "voucher.held", "is": "more_than", "value": 0}
        session.add(
            Segment(name="Holders", name_key="holders", kind="dynamic", condition=holds, reads=["voucher"], created_at=now, updated_at=now)
        )
    assert is_plain(house, distribution)

    house.send(distribution.id)

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 12}
        assert session.execute(text("SELECT count(*) FROM events WHERE kind = 'customer.publication.succeeded'")).scalar_one() == 12
        assert session.execute(text("SELECT count(*) FROM dirty_customers WHERE 'voucher' = ANY(facts)")).scalar_one() == 12
    check(house)


def test_a_refused_share_is_written_down_one_by_one(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, 60, connection=a_connection(session, config={"refused_share": "50"}))
    assert is_plain(house, distribution)

    house.tick()

    with house.session() as session:
        found = states(session, distribution)
        assert set(found) == {"accepted", "refused"}
        free = session.execute(text("SELECT count(*) FROM vouchers WHERE is_free")).scalar_one()
        assert free == found["refused"]
    check(house)


def test_a_call_with_one_name_keeps_it_once_and_receipts_find_its_messages(house: House) -> None:
    with standing_in(0.0) as standin:
        with house.session() as session:
            config, box = {"region": "other", "api": standin.url}, secrets.encrypt({"api_key": "SG.abcdefgh"})
            connection = a_connection(session, "sendgrid", config=config, secrets=box)
            parts = {**WORDS, "from_email": "hello@maple.example"}
            distribution = codes_to_segment(session, 3, connection=connection, mode="mail", parts=parts)
        house.tick()

    with house.session() as session:
        calls = session.execute(text("SELECT provider_id, cardinality(deliveries) AS many FROM provider_calls")).all()
        assert [row.many for row in calls] == [3]
        assert session.execute(text("SELECT count(provider_id) FROM deliveries")).scalar_one() == 0
        address = session.execute(text("SELECT address FROM deliveries ORDER BY id LIMIT 1")).scalar_one()
        mine = session.get_one(Connection, connection.id)
        apply(session, mine, [Receipt(Happened.DELIVERED, provider_id=calls[0].provider_id, address=address)])
    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2, "delivered": 1}
        delivery = session.query(Delivery).order_by(Delivery.id).limit(1).one()
        assert f"Their id: {calls[0].provider_id}" in [line.detail for line in story.timeline(session, delivery)]
    check(house)
