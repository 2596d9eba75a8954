"""Every "no" has its reason, decided late and once more before the call."""

import datetime

from sqlalchemy import text

from domain.customers.consents.suppressions import suppress
from domain.incentives.ledger import check as ledger
from domain.kernel import clock
from domain.sending.calls import dispatch
from domain.sending.prepare import decide, leases, store
from domain.sending.states import tallies
from domain.tables.connections import Connection
from domain.tables.customers import Customer
from domain.tables.distributions import Distribution
from tests.sending import a_connection, codes_to_segment, customers_of, states
from tests.workers.house import House


def reasons(house: House, distribution: Distribution) -> dict[str, int]:
    with house.session() as session:
        rows = session.execute(
            text("SELECT reason, count(*) FROM recipients WHERE distribution_id = :id AND state <> 'served' GROUP BY 1"),
            {"id": distribution.id},
        )
        return {row[0]: row[1] for row in rows}


def test_no_address_erased_and_suppressed_are_named_and_take_no_code(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=6)
        some = session.query(Customer).order_by(Customer.id).all()
        some[0].email = some[0].email_hash = ""
        some[1].erased_at = clock.now(session)
        suppress(session, "email", some[2].email, "bounced")
        suppress(session, "email", some[3].email, "unsubscribed")

    house.tick()

    assert reasons(house, distribution) == {"no_email": 1, "erased": 1, "suppressed": 1, "unsubscribed": 1}
    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2, "skipped": 4}
        assert session.execute(text("SELECT state, count(*) FROM vouchers GROUP BY 1 ORDER BY 1")).all() == [("assigned", 2), ("free", 4)]
        assert tallies.check(session) == []
        assert ledger.check(session) == []


def test_the_second_customer_with_the_same_address_is_skipped(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=3)
        some = session.query(Customer).order_by(Customer.id).all()
        some[2].email, some[2].email_hash = some[0].email.upper(), some[0].email_hash

    house.tick()

    assert reasons(house, distribution) == {"same_address": 1}
    with house.session() as session:
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'free'")).scalar_one() == 1


def test_who_unsubscribes_after_being_prepared_gets_nothing(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=2, connection=a_connection(session, batch=10))
    house.send(distribution.id)  # fans out; nothing is left to do twice

    with house.session() as session:
        second = codes_to_segment(session, people=2, connection=a_connection(session, batch=10))
        from domain.sending.recipients import from_audience

        from_audience.make_page(session, second.id)
        (claimed,) = decide.claim(session, second.id, "bulk", decide.FIRST, 10)
        (lease,) = store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=False)
    with house.session() as session:
        suppress(session, "email", lease.items[0].address, "unsubscribed")
    with house.session() as session:
        call = dispatch.open_calls(session, claimed.recipe, lease, lease.items)

    assert call is not None
    assert [item.id for item in call.items] == [lease.items[1].id]
    with house.session() as session:
        assert states(session, second) == {"open": 1, "pending": 1}
        assert tallies.check(session) == []


def test_what_was_prepared_long_ago_is_prepared_anew(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=2)
        connection = session.query(Connection).one()
        from domain.sending.recipients import from_audience

        from_audience.make_page(session, distribution.id)
        (claimed,) = decide.claim(session, distribution.id, "bulk", decide.FIRST, 10)
        (lease,) = store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=False)
        leases.give_back(session, lease, [item.id for item in lease.items])
        leases.close(session, lease.id)
        assert connection.provider == "sandbox"
    with house.session() as session:
        clock.shift(session, datetime.timedelta(minutes=6))
        session.execute(text("UPDATE customers SET typed_name = 'Somebody Else'"))

    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2}
        slots = session.scalars(text("SELECT slots::text FROM deliveries")).all()
        assert all("Somebody" in words for words in slots)
        assert tallies.check(session) == []
        assert ledger.check(session) == []
        assert len(customers_of(session, claimed.recipe.plan.segment_id)) == 2


def test_a_dry_pool_serves_in_order_pauses_once_and_goes_on(house: House) -> None:
    from domain.incentives.codes.draw import make
    from domain.tables.incentives import Campaign

    with house.session() as session:
        distribution = codes_to_segment(session, people=10, codes=4)

    house.tick()

    with house.session() as session:
        row = session.get_one(Distribution, distribution.id)
        assert (row.status, row.pause_reason) == ("paused", "no_codes")
        assert states(session, distribution, "recipients") == {"served": 4, "pending": 6}
        assert session.execute(text("SELECT count(*) FROM notices WHERE kind = 'no_codes' AND resolved_at IS NULL")).scalar_one() == 1
        campaign = session.query(Campaign).one()
        make(session, campaign.id, campaign.pattern, campaign.charset, 10)

    house.tick()

    with house.session() as session:
        assert session.get_one(Distribution, distribution.id).status == "done"
        assert states(session, distribution) == {"accepted": 10}
        assert session.execute(text("SELECT count(*) FROM notices WHERE resolved_at IS NULL")).scalar_one() == 0
        assert tallies.check(session) == []


def test_stop_skips_what_is_unsent_and_frees_its_codes(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=8)
        from domain.sending.recipients import from_audience

        from_audience.make_page(session, distribution.id)
        (claimed,) = decide.claim(session, distribution.id, "bulk", decide.FIRST, 3)
        (lease,) = store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=False)
        leases.give_back(session, lease, [item.id for item in lease.items])
        leases.close(session, lease.id)
        session.execute(text("UPDATE distributions SET status = 'stopped', ended_at = now()"))

    house.tick()

    with house.session() as session:
        assert states(session, distribution, "recipients") == {"skipped": 8}
        assert states(session, distribution) == {"skipped": 8}
        assert session.scalars(text("SELECT DISTINCT reason FROM recipients")).all() == ["stopped"]
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'free'")).scalar_one() == 8
        assert tallies.check(session) == []
        assert ledger.check(session) == []
