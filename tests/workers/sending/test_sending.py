"""From the audience to the last outcome: a distribution is sent, once, to everybody who may get it."""

from sqlalchemy import text

from domain.incentives.ledger import check as ledger
from domain.sending.states import tallies
from tests.sending import codes_to_segment, states
from tests.workers.house import House


def test_everybody_gets_one_code(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=25)

    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 25}
        assert states(session, distribution, "recipients") == {"served": 25}
        given = session.execute(text("SELECT count(*), count(DISTINCT voucher_id), count(DISTINCT customer_id) FROM publications")).one()
        assert given == (25, 25, 25)
        assert session.execute(text("SELECT status FROM distributions")).scalar_one() == "done"
        assert tallies.check(session) == []
        assert ledger.check(session) == []


def test_the_message_says_the_code_that_is_theirs(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=3)

    house.tick()

    with house.session() as session:
        rows = session.execute(
            text("""SELECT d.slots, v.code FROM deliveries d JOIN recipients r ON r.id = d.recipient_id
                    JOIN vouchers v ON v.id = r.voucher_id
                    WHERE d.distribution_id = :id"""), {"id": distribution.id},
        ).all()  # fmt: skip
        assert len(rows) == 3
        for slots, code in rows:
            assert code in slots.values()


def test_doing_it_twice_sends_nothing_twice(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=10)
    house.tick()

    for _ in range(3):
        house.send(distribution.id)
        house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 10}
        assert tallies.check(session) == []
