"""Chosen failures are sent again, with the codes they have; what was accepted never is."""

import pytest
from sqlalchemy import select, text

from domain.distributions.audience import reasons
from domain.incentives.ledger import check as ledger
from domain.insight.reports import causes
from domain.kernel.actor import Actor
from domain.sending.calls.retry import Chosen, helps, retry
from domain.sending.states import moves, tallies
from domain.tables.distributions import Distribution
from domain.tables.sending import Delivery
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


def test_who_is_refused_for_good_is_offered_again_only_with_another_address(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=3, connection=a_connection(session, config={"refused_share": "100"}))
    house.tick()
    with house.session() as session:
        ids = list(session.scalars(select(Delivery.id)))
        said = reasons.refused("There is no such mailbox.", for_good=True)
        moves.deliveries(session, ids, "refused", sources=("refused",), reason=said)
        (cause,) = causes.causes(session, distribution)
        assert (cause.words, cause.count, cause.retry) == ("There is no such mailbox.", 3, False)
        assert "same address" in cause.hint
        assert [helps(session, one) for one in session.scalars(select(Delivery))] == [False, False, False]
        assert retry(session, distribution.id, Chosen("refused"), ANN) == 0

        session.execute(text("UPDATE customers SET email = 'new@example.com' WHERE id = (SELECT customer_id FROM deliveries LIMIT 1)"))

        (cause,) = causes.causes(session, distribution)
        assert (cause.count, cause.again, cause.retry) == (3, 1, True)
        assert sorted(helps(session, one) for one in session.scalars(select(Delivery))) == [False, False, True]
        assert retry(session, distribution.id, Chosen("refused", cause.reason), ANN) == 1


@pytest.mark.parametrize(
    ("state", "reason", "helps"),
    [
        ("unsure", "cut off", True),
        ("refused", "A trial account sends only to numbers verified at Twilio.", True),
        ("refused", "gave up", True),
        ("skipped", "fault", True),
        ("skipped", "no_id Braze", True),
        ("skipped", "unsubscribed", False),
        ("skipped", "suppressed", False),
        ("skipped", "holds_one", False),
        ("skipped", "stopped", False),
        ("skipped", "a word nobody wrote down", False),
    ],
)
def test_another_attempt_is_offered_for_what_it_can_change(state: str, reason: str, helps: bool) -> None:
    assert reasons.may_help(state, reason) is helps
