"""A trigger that is one module, from its event to the mail: what happened stands in the words, and the clock finds days by itself."""

import datetime
from types import ModuleType

from sqlalchemy import text

from domain.distributions.plan.plan import Plan
from domain.journal.events import NewEvent, record
from domain.kernel import clock
from domain.tables.distributions import Distribution
from tests.sending import a_connection, a_distribution, a_project, a_segment, channels, codes_to_segment, customers_of, states
from tests.workers.house import House

WORDS = {"subject": "Thank you", "text": "Order {{ order.id }}, {{ order.amount }} in all. {{ links.unsubscribe }}"}


def test_what_happened_stands_in_the_words(more_triggers: ModuleType, house: House) -> None:
    with house.session() as session:
        a_project(session)
        dina, eli = customers_of(session, a_segment(session, 2).id)
        plan = Plan("order_returned", "message", channels(a_connection(session), parts=WORDS), check_permission=False)
        past = clock.now(session) - datetime.timedelta(days=1)
        distribution = a_distribution(session, plan, status="live", started_at=past, fanned_out_at=past)
        wakes = more_triggers.trigger("order_returned").wakes
        paid = {"id": "7", "status": "returned", "amount": "42.00"}
        record(session, [NewEvent(dina, wakes, facts={"order": paid}), NewEvent(eli, wakes, facts={"order": paid | {"id": "8"}})])

    house.work()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2}
        words = session.scalars(text("SELECT slots::text FROM deliveries WHERE customer_id = :id"), {"id": dina}).one()
        assert '"7"' in words
        assert '"42.00"' in words


def test_the_clock_finds_a_birthday_and_sends_once(more_triggers: ModuleType, house: House) -> None:
    with house.session() as session:
        a_project(session)
        dina, _ = customers_of(session, a_segment(session, 2).id)
        plan = Plan("birthday", "message", channels(a_connection(session), parts={"subject": "!", "text": "!"}), check_permission=False)
        now = clock.now(session)
        distribution = a_distribution(session, plan, status="live", started_at=now, fanned_out_at=now)
        day = (now + datetime.timedelta(days=2)).date()
        born = {"id": dina, "day": day.replace(year=1984)}
        session.execute(text("UPDATE customers SET birthdate = :day, time_zone = 'Europe/London' WHERE id = :id"), born)
        nine = datetime.datetime.combine(day, datetime.time(9, 30), datetime.UTC)
        clock.shift(session, nine - now)

    house.tick()
    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1}
        assert session.scalars(text("SELECT once_key FROM recipients")).all() == [f"birthdate:{day.year}"]


def test_a_version_that_cannot_be_read_pauses_its_own_run_in_words(house: House) -> None:
    with house.session() as session:
        torn, good = codes_to_segment(session, 2), codes_to_segment(session, 2)
        session.execute(text("""UPDATE distribution_versions SET plan = '{"schema": 99}' WHERE distribution_id = :id"""), {"id": torn.id})

    house.tick()

    with house.session() as session:
        assert states(session, good) == {"accepted": 2}
        row = session.get_one(Distribution, torn.id)
        assert (row.status, row.pause_reason) == ("paused", "plan_broken")
        assert "stored by a newer Largesse" in row.pause_detail
        assert states(session, torn, "recipients") == {}
