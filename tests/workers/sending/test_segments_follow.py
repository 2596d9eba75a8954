"""Segments that ask about messages follow a run: who received one, who was left out, and who got it on a second try."""

import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.segments import create
from domain.sending.calls.retry import Chosen, retry
from domain.tables.customers import Customer
from domain.tables.distributions import Distribution
from tests.scenes import ANN
from tests.sending import codes_to_segment
from tests.workers.house import House


def asking(session: Session, distribution: Distribution) -> tuple[uuid.UUID, uuid.UUID]:
    """A segment of those who received it, and one of those who were left out."""
    received, skipped = (
        create.dynamic(session, ANN, how, {"fact": "delivery", "is": how, "value": str(distribution.id)}) for how in ("received", "skipped")
    )
    return received.id, skipped.id


def inside(house: House, segment: uuid.UUID) -> set[str]:
    with house.session() as session:
        rows = session.scalars(
            text("SELECT c.email FROM segment_members m JOIN customers c ON c.id = m.customer_id WHERE m.segment_id = :id"), {"id": segment}
        )
        return {email.partition("-")[0] for email in rows}


def settled(house: House) -> None:
    for _ in range(3):
        house.tick()


def test_who_received_it_and_who_was_left_out_are_in_their_segments_after_the_run(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=4)
        distribution.status = "draft"
        received, skipped = asking(session, distribution)
        fourth = session.query(Customer).order_by(Customer.id).all()[3]
        fourth.email = ""
    settled(house)
    assert (inside(house, received), inside(house, skipped)) == (set(), set())
    with house.session() as session:
        session.execute(text("UPDATE distributions SET status = 'sending'"))

    settled(house)

    assert inside(house, received) == {"c1", "c2", "c3"}
    assert inside(house, skipped) == {""}  # the one without an address

    with house.session() as session:
        session.execute(text("UPDATE customers SET email = 'c4-again@x.example' WHERE name = 'Dina 4'"))
        assert retry(session, distribution.id, Chosen("skipped", "no_email"), ANN) == 1

    settled(house)

    assert inside(house, received) == {"c1", "c2", "c3", "c4"}
    assert inside(house, skipped) == set()


def test_who_is_left_out_by_a_stop_is_in_the_segment_of_those_left_out(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=3, codes=0)
        received, skipped = asking(session, distribution)
    settled(house)
    with house.session() as session:
        session.execute(text("UPDATE distributions SET status = 'stopped', ended_at = now()"))

    settled(house)

    assert inside(house, skipped) == {"c1", "c2", "c3"}
    assert inside(house, received) == set()
