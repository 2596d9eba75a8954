"""Live distributions: woken by what happens to a customer, once each, guarded against circles, pauses, floods and old news."""

import datetime
import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.plan.plan import Plan
from domain.incentives.ledger import check as ledger
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.sending.recipients import flood
from domain.sending.states import tallies
from domain.tables.distributions import Distribution
from tests.sending import a_campaign, a_connection, a_distribution, a_project, a_segment, channels, customers_of, states, waits_for_codes_of
from tests.workers.house import House


def live(session: Session, **changes: object) -> tuple[Distribution, uuid.UUID]:
    """A live distribution for those who enter a segment of three people, and the segment."""
    a_project(session)
    segment = a_segment(session, 3)
    campaign = a_campaign(session, 20)
    values = {
        "trigger": "segment_entered", "action": "codes", "channels": channels(a_connection(session)), "segment_id": segment.id,
        "campaign_id": campaign.id, "check_permission": False,
    } | {k: v for k, v in changes.items() if k in Plan.__dataclass_fields__}  # fmt: skip
    plan = Plan(**values)
    row = {k: v for k, v in changes.items() if k not in Plan.__dataclass_fields__}
    past = clock.now(session) - datetime.timedelta(days=2)
    distribution = a_distribution(session, plan, **({"status": "live", "started_at": past, "fanned_out_at": past} | row))
    return distribution, segment.id


def entered(session: Session, segment: uuid.UUID, customer: uuid.UUID, depth: int = 0) -> None:
    record(session, [NewEvent(customer, EventKind.ENTERED, segment, {}, depth)])


def told(session: Session) -> list[tuple[str, str]]:
    return [tuple(row) for row in session.execute(text("SELECT state, reason FROM recipients ORDER BY id"))]


def check(house: House) -> None:
    with house.session() as session:
        assert tallies.check(session) == []
        assert ledger.check(session) == []


def test_entering_sends_one_code_in_the_trigger_lane(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session)
        entered(session, segment, customers_of(session, segment)[0])

    house.work()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1}
        assert session.scalars(text("SELECT channel FROM publications")).all() == ["Automation"]
        assert session.scalars(text("SELECT lane FROM recipients")).all() == ["trigger"]
        assert session.execute(text("SELECT count(*) FROM event_work")).scalar_one() == 0
    check(house)


def test_the_same_event_twice_is_one_recipient_and_two_entries_are_two(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session)
        dina = customers_of(session, segment)[0]
        entered(session, segment, dina)
        entered(session, segment, dina)
    house.work()
    with house.session() as session:
        event = session.scalars(text("SELECT id FROM events WHERE kind = 'customer.segment.entered' LIMIT 1")).one()
        session.execute(text("INSERT INTO event_work (event_id, lane) VALUES (:id, 'trigger')"), {"id": event})

    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2}


def test_once_ever_serves_a_customer_once_but_a_skipped_one_gets_a_second_chance(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session, once_ever=True)
        dina, eli, _ = customers_of(session, segment)
        session.execute(text("UPDATE customers SET email = '' WHERE id = :eli"), {"eli": eli})
        for customer in (dina, eli):
            entered(session, segment, customer)
    house.work()
    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1, "skipped": 1}
        session.execute(text("UPDATE customers SET email = 'eli@example.com' WHERE id = :eli"), {"eli": eli})
        for customer in (dina, eli):
            entered(session, segment, customer)

    house.work()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 2}
        assert session.execute(text("SELECT count(*) FROM publications")).scalar_one() == 2
    check(house)


def test_a_circle_is_cut(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session)
        waits_for_codes_of(session, session.execute(text("SELECT id FROM campaigns")).scalar_one())
        dina, eli, _ = customers_of(session, segment)
        entered(session, segment, dina, depth=3)
        entered(session, segment, eli, depth=4)

    house.work()

    with house.session() as session:
        assert sorted(told(session)) == [("served", ""), ("skipped", "loop")]
        assert states(session, distribution) == {"accepted": 1, "skipped": 1}
        depth = session.execute(text("SELECT max(depth) FROM events WHERE kind = 'customer.publication.succeeded'")).scalar_one()
        assert depth == 4
    check(house)


@pytest.mark.parametrize(
    ("catch_up", "reason", "state"), [(False, "person", "skipped"), (True, "person", "pending"), (False, "no_codes", "pending")]
)
def test_events_while_paused(house: House, catch_up: bool, reason: str, state: str) -> None:
    with house.session() as session:
        _, segment = live(session, catch_up=catch_up, status="paused", pause_reason=reason)
        entered(session, segment, customers_of(session, segment)[0])

    house.work()

    with house.session() as session:
        assert told(session) == [(state, "paused" if state == "skipped" else "")]
    check(house)


def test_old_news_is_not_sent(house: House) -> None:
    with house.session() as session:
        _, segment = live(session)
        entered(session, segment, customers_of(session, segment)[0])
        session.execute(text("UPDATE events SET at = at - interval '25 hours'"))

    house.work()

    with house.session() as session:
        assert told(session) == [("skipped", "stale")]
    check(house)


def test_what_happened_before_it_went_live_wakes_nobody(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session)
        session.execute(text("UPDATE distributions SET started_at = now() + interval '1 minute'"))
        entered(session, segment, customers_of(session, segment)[0])

    house.work()

    with house.session() as session:
        assert states(session, distribution, "recipients") == {}


def test_a_flood_pauses_it_and_whoever_came_waits(house: House) -> None:
    with house.session() as session:
        distribution, segment = live(session, ceiling_per_hour=200)
        people = [*customers_of(session, segment), *customers_of(session, a_segment(session, 300).id)]
        record(session, [NewEvent(id, EventKind.ENTERED, segment) for id in people])
        assert flood.ceiling_of(session, distribution.id, clock.now(session)) == 200

    house.work()

    with house.session() as session:
        row = session.get_one(Distribution, distribution.id)
        assert (row.status, row.pause_reason) == ("paused", "ceiling")
        assert states(session, distribution, "recipients") == {"pending": 303}
        assert "303 people" in row.pause_detail
    check(house)


def test_a_published_code_is_sent_on_and_no_other_taken(house: House) -> None:
    with house.session() as session:
        giving, segment = live(session)
        given = Plan.from_json(session.scalars(text("SELECT plan FROM distribution_versions")).one())
        plan = Plan(
            trigger="published", action="published_code", channels=channels(a_connection(session)), trigger_campaign_id=given.campaign_id,
            check_permission=False,
        )  # fmt: skip
        past = clock.now(session) - datetime.timedelta(days=1)
        telling = a_distribution(session, plan, status="live", started_at=past, fanned_out_at=past)
        entered(session, segment, customers_of(session, segment)[0])

    house.work()

    with house.session() as session:
        assert states(session, giving) == {"accepted": 1}
        assert states(session, telling) == {"accepted": 1}
        assert session.execute(text("SELECT count(*) FROM publications")).scalar_one() == 1
        code = session.scalars(text("SELECT code FROM vouchers WHERE state = 'assigned'")).one()
        words = session.scalars(text("SELECT slots::text FROM deliveries WHERE distribution_id = :id"), {"id": telling.id}).one()
        assert code in words
    check(house)
