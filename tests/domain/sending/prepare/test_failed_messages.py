"""A message that cannot be made costs one person theirs; a template that fails for one after the other pauses the distribution."""

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.audience import reasons
from domain.incentives.ledger import check as ledger
from domain.sending.prepare import decide, store
from domain.sending.prepare.recipe import VersionBroken
from domain.sending.recipients import from_audience
from domain.sending.states import tallies
from domain.tables.customers import Customer
from domain.tables.distributions import Distribution
from tests.sending import codes_to_segment, states
from tests.workers.house import House

TOO_MUCH = "{% for i in (1..10000) %}{% for j in (1..city) %}{% endfor %}{{ i }}{{ customer.name }}{% endfor %}"
WORDS = {"subject": "S", "text": "{{ voucher.code }}{% if customer.city == 'loop' %}" + TOO_MUCH * 4 + "{% endif %}{{ links.unsubscribe }}"}


def loop(session: Session, people: range) -> None:
    """These customers' data make the message fail."""
    for customer in session.query(Customer).order_by(Customer.id).all()[people.start : people.stop]:
        customer.city = "loop"


def test_one_person_is_skipped_with_the_words_and_their_code_goes_back(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=3, parts=WORDS)
        loop(session, range(1, 2))

    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2, "skipped": 1}
        (reason,) = session.scalars(text("SELECT reason FROM recipients WHERE state = 'skipped'"))
        assert session.scalars(text("SELECT reason FROM deliveries WHERE state = 'skipped'")).all() == [reason]
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'free'")).scalar_one() == 1
        assert (tallies.check(session), ledger.check(session)) == ([], [])
    assert reasons.words(reason) == "message failed"
    assert reasons.hint(reason).startswith("Line 1, column ")
    assert "more than 100,000 steps" in reasons.hint(reason)


def test_twenty_in_a_row_pause_it_with_the_mistake_and_nobody_else_is_left_out(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=60, parts=WORDS)
        loop(session, range(30, 60))

    house.tick()

    with house.session() as session:
        row = session.get_one(Distribution, distribution.id)
        assert (row.status, row.pause_reason) == ("paused", "plan_broken")
        assert row.pause_detail.startswith("The message failed for 20 people in a row. Line 1, column ")
        told = states(session, distribution, "recipients")
        assert told["pending"] >= 20
        assert told.get("skipped", 0) < 20
        assert (tallies.check(session), ledger.check(session)) == ([], [])


def ten(session: Session, distribution_id: uuid.UUID) -> None:
    (claimed,) = decide.claim(session, distribution_id, "bulk", decide.FIRST, 10)
    store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=False)


def test_failures_of_earlier_batches_count(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=25, parts=WORDS)
        loop(session, range(25))
        from_audience.make_page(session, about := distribution.id)
    with house.session() as session:
        ten(session, about)

    with pytest.raises(VersionBroken, match="20 people in a row"), house.session() as session:
        ten(session, about)

    with house.session() as session:
        assert states(session, session.get_one(Distribution, about), "recipients") == {"skipped": 10, "pending": 15}


def test_failures_with_successes_between_pause_nothing(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=50, parts=WORDS)
        loop(session, range(18))
        loop(session, range(19, 37))

    house.tick()

    with house.session() as session:
        assert session.get_one(Distribution, distribution.id).status == "done"
        assert states(session, distribution, "recipients") == {"skipped": 36, "served": 14}
