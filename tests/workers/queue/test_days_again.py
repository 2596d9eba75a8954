"""A day that broke alone is found again when a person tries again: one customer's, and a whole kind of days from where it broke."""

import datetime
from types import ModuleType

from sqlalchemy import select, text

from domain.journal import quarantine
from domain.kernel import clock
from domain.sending.recipients import from_dates
from domain.tables.journal import BrokenWork
from tests.cast import ANN
from tests.workers.house import House
from tests.workers.queue.faults import RAISES, broken, fault, number
from tests.workers.queue.lanes import dates


def try_again(house: House) -> None:
    """As the page does it."""
    with house.session() as session:
        [row] = session.scalars(select(BrokenWork)).all()
        quarantine.try_again(session, ANN, [row])
        from_dates.record_again(session, row.item)
        clock.shift(session, datetime.timedelta(minutes=2))


def test_a_day_of_one_customer_that_breaks_again_comes_back_and_is_found_when_it_is_mended(more_triggers: ModuleType, house: House) -> None:
    with house.session() as session:
        scene = dates(session)
    fault(house, scene, RAISES)
    house.tick()
    assert (number(house, scene.served), broken(house)) == (2, [("dates", "RaiseException")])

    try_again(house)
    assert (number(house, scene.served), broken(house)) == (2, [("dates", "RaiseException")])
    with house.session() as session:
        session.execute(text("DROP TRIGGER fault ON events"))
    try_again(house)
    house.tick()

    assert (number(house, scene.served), broken(house)) == (3, [])


def test_a_kind_of_days_that_cannot_be_read_keeps_its_place_and_no_other_task_waits(more_triggers: ModuleType, house: House) -> None:
    with house.session() as session:
        scene = dates(session)
        session.execute(text("UPDATE customers SET birthdate = birthdate + interval '9000 years'"))  # later than Python knows years
        session.execute(text("UPDATE project SET last_seen_at = NULL"))
    house.tick()

    assert broken(house) == [("dates", "DataError")]
    assert number(house, "SELECT count(*) FROM project WHERE last_seen_at IS NOT NULL") == 1
    assert number(house, "SELECT count(*) FROM clock_tasks WHERE failures > 0") == 0
    with house.session() as session:
        session.execute(text("UPDATE customers SET birthdate = birthdate - interval '9000 years'"))
    try_again(house)
    house.tick()

    assert (number(house, scene.served), broken(house)) == (3, [])
