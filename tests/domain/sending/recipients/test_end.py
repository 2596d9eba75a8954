"""An end has a time: what happened before it is served, what happened after is not, and nobody is left without a row."""

from sqlalchemy import text

from domain.distributions.control import pause
from domain.distributions.control.stop import stop
from domain.incentives.ledger import check as ledger
from domain.sending.states import tallies
from tests.cast import ANN
from tests.domain.sending.recipients.test_triggers import entered, live
from tests.sending import customers_of
from tests.workers.house import House


def told(house: House) -> list[tuple[str, str]]:
    with house.session() as session:
        assert tallies.check(session) == []
        assert ledger.check(session) == []
        return [tuple(row) for row in session.execute(text("SELECT state, reason FROM recipients ORDER BY id"))]


def settled(house: House) -> None:
    for _ in range(3):
        house.tick()


def test_what_happened_before_the_end_is_served_and_what_happened_after_is_not(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session)
        first, second, third = customers_of(session, segment)
        entered(session, segment, first)
    with house.session() as session:
        entered(session, segment, second)
    with house.session() as session:
        stop(session, distribution.id, ANN)
    with house.session() as session:
        entered(session, segment, third)

    settled(house)

    assert told(house) == [("served", ""), ("served", "")]
    with house.session() as session:
        served = set(session.scalars(text("SELECT customer_id FROM recipients")))
        assert served == {first, second}
        assert session.scalar(text("SELECT count(*) FROM event_work")) == 0


def test_who_waits_for_a_code_at_the_end_and_gets_none_is_skipped(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session)
        for table in ("vouchers", "pool_deltas", "pool_counts"):
            session.execute(text(f"DELETE FROM {table}"))
        entered(session, segment, customers_of(session, segment)[0])
        stop(session, distribution.id, ANN)
    with house.session() as session:
        session.execute(text("UPDATE events SET at = at - interval '1 second'"))

    settled(house)

    assert told(house) == [("skipped", "stopped")]


def test_who_ends_what_is_paused_lets_nothing_out(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session)
        first, second, _ = customers_of(session, segment)
        entered(session, segment, first)
    with house.session() as session:
        session.execute(text("UPDATE connections SET paused_at = now(), paused_reason = 'no'"))
    settled(house)
    with house.session() as session:
        pause.pause_because(session, distribution.id, "connection", "no")
        entered(session, segment, second)
        stop(session, distribution.id, ANN)
    with house.session() as session:
        session.execute(text("UPDATE connections SET paused_at = NULL, paused_reason = ''"))
        session.execute(text("UPDATE events SET at = at - interval '1 second'"))

    settled(house)

    assert told(house) == [("skipped", "stopped"), ("skipped", "stopped")]
