"""Webhooks in a whole installation: their log, their schedule, their end, and one id over every repetition."""

import contextlib
import datetime
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from domain.connections import edit
from domain.kernel import clock
from domain.kernel.actor import SYSTEM, Actor
from domain.sending.calls import exchanges, record
from domain.sending.calls.retry import Chosen, retry
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from domain.tables.sending import Delivery
from integrations import catalogue
from tests.integrations import recordings
from tests.integrations.peer import answering
from tests.integrations.recordings import Rehearsal
from tests.integrations.recordings import webhook as recorded_webhook
from tests.sending import codes_to_segment, states
from tests.workers.house import House
from workers.clock import purge

ANN = Actor("user_ann", "Ann")
SINCE = "extract(epoch FROM due_at - (SELECT max(at) FROM delivery_steps s WHERE s.delivery_id = d.id))"
BODY = {"payload": '{"type": "code.sent", "data": {"code": "{{ voucher.code }}"}}'}


def posted(house: House, rehearsal: Rehearsal, people: int = 2) -> Distribution:
    with house.session() as session:
        connection, _ = edit.create(session, SYSTEM, "webhook", "Shop", rehearsal.settings)
        distribution = codes_to_segment(session, people, connection=connection, mode="webhook", parts=BODY)
    house.tick()
    return distribution


def ids(rehearsal: Rehearsal) -> list[str]:
    assert rehearsal.peer is not None
    return [seen.headers["webhook-id"] for seen in rehearsal.peer.seen]


def test_every_attempt_is_kept_without_secrets_and_forgotten_after_a_month(house: House) -> None:
    with recordings.on_the_wire("webhook", "server error") as rehearsal:
        posted(house, rehearsal, 1)

    with house.session() as session:
        (said,) = exchanges.of(session, session.scalars(text("SELECT id FROM deliveries")).one())
        assert (said.status, said.answer_body, said.by) == (500, "SECRET BYTES", "")
        assert said.body.startswith('{"type":')
        assert said.headers["authorization"] == "•••"
        assert abs((said.at - clock.now(session)).total_seconds()) < 60

        purge.exchanges(session)
        assert session.execute(text("SELECT count(*) FROM exchanges")).scalar_one() == 1
        clock.shift(session, datetime.timedelta(days=31))
        purge.exchanges(session)
        assert session.execute(text("SELECT count(*) FROM exchanges")).scalar_one() == 0


def test_a_stopped_call_is_in_the_log_too(house: House) -> None:
    with recordings.on_the_wire("webhook", "bad key") as rehearsal:
        distribution = posted(house, rehearsal, 1)

    with house.session() as session:
        assert states(session, distribution) == {"ready": 1}
        assert session.execute(text("SELECT status FROM exchanges")).scalars().all() == [401]
        assert "401" in session.query(Connection).one().paused_reason


@contextlib.contextmanager
def declining() -> Iterator[Rehearsal]:
    """A receiver that works, and takes nothing."""
    with answering(lambda seen: (404, {}, b"")) as peer:
        yield Rehearsal(recorded_webhook.settings(peer.url), peer=peer)


def test_waits_are_a_fifth_shorter_or_longer_and_always_the_same(house: House) -> None:
    mode = catalogue.provider("webhook").modes[0]
    with declining() as rehearsal:
        posted(house, rehearsal, 20)

    with house.session() as session:
        rows = session.execute(text(f"SELECT id, {SINCE} FROM deliveries d")).all()
    waits = [float(wait) for _, wait in rows]
    assert all(3.9 < wait < 6.1 for wait in waits)
    assert len({round(wait, 2) for wait in waits}) > 10
    for id, wait in rows:
        assert float(wait) == pytest.approx(5 * record.spread(id, 0, mode.jitter), abs=0.01)
        assert record.spread(id, 0, 0.0) == 1.0


def test_a_pause_the_receiver_asks_for_is_never_shortened(house: House) -> None:
    with recordings.on_the_wire("webhook", "throttled") as rehearsal:
        posted(house, rehearsal, 6)

    with house.session() as session:
        assert states(session, session.query(Distribution).one()) == {"ready": 6}
        until, why = session.execute(text("SELECT wait_until, wait_reason FROM rate_budgets")).one()
        assert 6 < (until - clock.now(session)).total_seconds() <= 7
        assert why == "The address asks for a pause."
        assert session.scalars(text("SELECT DISTINCT attempts FROM deliveries")).all() == [0], "a wait of all counts for nobody"
    assert rehearsal.peer is not None
    assert len(rehearsal.peer.seen) == 1


def test_five_days_of_failures_stop_the_connection(house: House) -> None:
    with recordings.on_the_wire("webhook", "server error") as rehearsal:
        distribution = posted(house, rehearsal, 1)
        with house.session() as session:
            assert session.query(Connection).one().failing_since is not None
            session.execute(text("UPDATE connections SET failing_since = failing_since - interval '120 hours'"))
            session.execute(text("UPDATE deliveries SET due_at = now() - interval '1 second'"))
        house.send(distribution.id)

    with house.session() as session:
        assert session.query(Connection).one().paused_reason == "Nothing was taken for 120 hours: every attempt failed."
        assert session.execute(text("SELECT count(*) FROM notices WHERE kind = 'connection'")).scalar_one() == 1
        assert states(session, distribution) == {"ready": 1}


def test_what_is_tried_again_by_a_person_keeps_its_id(house: House) -> None:
    with declining() as rehearsal:
        distribution = posted(house, rehearsal, 1)
        with house.session() as session:
            session.execute(text("UPDATE deliveries SET attempts = 9, due_at = now() - interval '1 second'"))
        house.send(distribution.id)
        with house.session() as session:
            one = session.query(Delivery).one()
            assert (one.state, one.reason) == ("refused", "gave up")
            chosen = Chosen("refused", deliveries=(one.id,))
            assert retry(session, distribution.id, chosen, ANN) == 1
        house.tick()

    assert len(ids(rehearsal)) == 3
    assert len(set(ids(rehearsal))) == 1
