"""Chosen failures are sent again, with the codes they have; what was accepted never is."""

from sqlalchemy import text

from domain.incentives.ledger import check as ledger
from domain.insight.reports import causes
from domain.kernel.actor import Actor
from domain.sending.calls.retry import Chosen, retry
from domain.sending.states import tallies
from domain.tables.distributions import Distribution
from tests.sending import a_connection, codes_to_segment, states
from tests.workers.house import House

ANN = Actor("user_ann", "Ann")


def test_the_refused_are_sent_again_and_nobody_else(house: House) -> None:
    with house.session() as session:
        connection = a_connection(session, config={"refused_share": "100"})
        distribution = codes_to_segment(session, people=4, connection=connection)
    house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"refused": 4}
        assert session.get_one(Distribution, distribution.id).status == "done"
        session.execute(text("UPDATE connections SET config = '{}'"))
        reason = session.scalars(text("SELECT DISTINCT reason FROM deliveries")).one()

    with house.session() as session:
        assert retry(session, distribution.id, Chosen("refused", "something else"), ANN) == 0
        assert retry(session, distribution.id, Chosen("refused", reason), ANN) == 4
        assert session.execute(text("SELECT status FROM distributions")).scalar_one() == "sending"
    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 4}
        assert session.get_one(Distribution, distribution.id).status == "done"
        assert retry(session, distribution.id, Chosen("accepted"), ANN) == 0
        assert session.execute(text("SELECT count(*) FROM publications")).scalar_one() == 4
        assert tallies.check(session) == []
        assert ledger.check(session) == []


def test_where_one_channel_refused_the_code_of_the_other_is_used(house: House) -> None:
    from domain.distributions.plan.plan import Channel, Plan
    from domain.tables.distributions import Version
    from tests.sending import WORDS

    with house.session() as session:
        distribution = codes_to_segment(session, people=3)
        second = a_connection(session, config={"refused_share": "100"})
        version = session.get_one(Version, (distribution.id, 1))
        plan = Plan.from_json(version.plan)
        both = (*plan.channels, Channel("c2", second.id, "email", WORDS))
        version.plan = plan.as_json() | {"channels": Plan(plan.trigger, plan.action, both).as_json()["channels"]}
    house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"accepted": 3, "refused": 3}
        assert states(session, distribution, "recipients") == {"served": 3}
        before = session.scalars(text("SELECT voucher_id FROM recipients ORDER BY id")).all()
        session.execute(text("UPDATE connections SET config = '{}'"))
        assert retry(session, distribution.id, Chosen("refused", channel="c2"), ANN) == 3

    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 6}
        assert session.scalars(text("SELECT voucher_id FROM recipients ORDER BY id")).all() == before
        assert session.execute(text("SELECT count(*) FROM publications")).scalar_one() == 3
        assert tallies.check(session) == []
        assert ledger.check(session) == []


def test_who_lacked_an_address_is_offered_again_once_there_is_one(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=4)
        session.execute(text("UPDATE customers SET email = '' WHERE id IN (SELECT id FROM customers ORDER BY id LIMIT 3)"))
    house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1, "skipped": 3}
        (cause,) = causes.causes(session, distribution)
        assert (cause.reason, cause.count, cause.retry) == ("no_email", 3, False)
        assert retry(session, distribution.id, Chosen("skipped", "no_email"), ANN) == 0

        found = "UPDATE customers SET email = 'found@example.com' WHERE id = (SELECT min(id::text)::uuid FROM customers WHERE email = '')"
        session.execute(text(found))
        (cause,) = causes.causes(session, distribution)

        assert (cause.count, cause.again, cause.retry) == (3, 1, True)
        assert retry(session, distribution.id, Chosen("skipped", "no_email"), ANN) == 1
        session.commit()
    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2, "skipped": 2}
        assert tallies.check(session) == []
