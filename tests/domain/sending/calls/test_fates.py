"""What a provider answers, or does not, and what that means for delivery, code, connection and distribution."""

import datetime

import pytest
from sqlalchemy import text

from domain.incentives.ledger import check as ledger
from domain.kernel import clock
from domain.sending.calls import expired_leases as leases
from domain.sending.calls import record
from domain.sending.calls.dispatch import call_of
from domain.sending.calls.provider_call import Call, CallResult
from domain.sending.prepare import decide, store
from domain.sending.receipts.apply import apply
from domain.sending.recipients import from_audience
from domain.sending.states import finish, tallies
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from integrations.contract import Fate, Happened, Outcome, PeerTrouble, Receipt, Wait
from tests.sending import codes_to_segment, states
from tests.workers.house import House


def opened(house: House, people: int = 3, repeat_safe_for: int | None = None) -> tuple[Distribution, Call]:
    """A distribution whose one call was begun. The sandbox would recognise repetitions; here that is what the test says."""
    import dataclasses

    with house.session() as session:
        distribution = codes_to_segment(session, people=people)
        from_audience.make_page(session, distribution.id)
        (claimed,) = decide.claim(session, distribution.id, "bulk", decide.FIRST, 100)
        way = claimed.recipe.ways[0]
        way = dataclasses.replace(way, mode=dataclasses.replace(way.mode, repeat_safe_for=repeat_safe_for))
        claimed.recipe = dataclasses.replace(claimed.recipe, ways=(way,))
        (lease,) = store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=True)
        return distribution, call_of(session, claimed.recipe, way, lease.id, lease.items)


def answer(call: Call, *fates: Fate, **about: object) -> CallResult:
    outcomes = {item.id: Outcome(f"dlv_{item.id.hex}", fate, **about) for item, fate in zip(call.items, fates, strict=False)}
    return CallResult(outcomes)


def check(house: House) -> None:
    with house.session() as session:
        assert tallies.check(session) == []
        assert ledger.check(session) == []


def test_one_of_each(house: House) -> None:
    distribution, call = opened(house)

    with house.session() as session:
        record.record(session, call, answer(call, Fate.ACCEPTED, Fate.REFUSED, Fate.UNSURE, reason="550 no such user dina@example.com"))

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1, "refused": 1, "unsure": 1}
        assert states(session, distribution, "recipients") == {"served": 2, "failed": 1}
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'assigned'")).scalar_one() == 2
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'free'")).scalar_one() == 1
        assert session.scalars(text("SELECT reason FROM recipients WHERE state = 'failed'")).all() == ["550 no such user …"]
    check(house)


def test_later_waits_by_the_schedule_and_is_given_up_after_a_day(house: House) -> None:
    distribution, call = opened(house, people=1)

    with house.session() as session:
        record.record(session, call, answer(call, Fate.LATER, reason="429 too many requests"))

    with house.session() as session:
        due, now = session.execute(text("SELECT due_at, now() FROM deliveries")).one()
        assert datetime.timedelta(seconds=20) < due - now < datetime.timedelta(seconds=40)
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'reserved'")).scalar_one() == 1
        assert sum(record.WAITS) == 24 * 60 * 60
        session.execute(text("UPDATE deliveries SET attempts = 10, state = 'open', attempt_id = :call, due_at = NULL"), {"call": call.id})
        session.execute(text("UPDATE tally_deltas SET state = 'open', reason = '' WHERE state = 'ready'"))
        record.record(session, call, answer(call, Fate.LATER))

    with house.session() as session:
        assert session.execute(text("SELECT state, reason FROM deliveries")).one() == ("refused", "gave up")
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'free'")).scalar_one() == 1
        assert states(session, distribution, "recipients") == {"failed": 1}


@pytest.mark.parametrize(("safe", "state"), [(None, "unsure"), (0, "ready"), (3600, "ready")])
def test_what_a_broken_call_left_open_is_repeated_only_where_the_provider_recognises_it(house: House, safe: int | None, state: str) -> None:
    distribution, call = opened(house, people=3, repeat_safe_for=safe)

    with house.session() as session:
        record.record(session, call, answer(call, Fate.ACCEPTED))

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1, state: 2}
    check(house)


def test_a_401_refuses_nobody_and_pauses_the_connection(house: House) -> None:
    distribution, call = opened(house)

    with house.session() as session:
        record.record(session, call, CallResult(stop="The key is wrong."))

    with house.session() as session:
        assert states(session, distribution) == {"ready": 3}
        assert session.query(Connection).one().paused_reason == "The key is wrong."
        assert session.execute(text("SELECT count(*) FROM notices WHERE kind = 'connection'")).scalar_one() == 1
    house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"ready": 3}
        session.execute(text("UPDATE connections SET paused_at = NULL, paused_reason = ''"))
    house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"accepted": 3}
    check(house)


def test_a_wrong_template_pauses_the_distribution(house: House) -> None:
    distribution, call = opened(house)

    with house.session() as session:
        record.record(session, call, CallResult(config="The field “offer” is unknown."))

    with house.session() as session:
        row = session.get_one(Distribution, distribution.id)
        assert (row.status, row.pause_reason, row.pause_detail) == ("paused", "plan_broken", "The field “offer” is unknown.")
    check(house)


@pytest.mark.parametrize(("safe", "state"), [(None, "unsure"), (0, "ready")])
def test_a_dead_workers_call_is_unsure_or_repeated_and_its_late_answer_is_taken(house: House, safe: int | None, state: str) -> None:
    distribution, call = opened(house, repeat_safe_for=safe)
    with house.session() as session:
        assert leases.expire(session) == 0
        clock.shift(session, datetime.timedelta(seconds=31))
    with house.session() as session:
        assert leases.expire(session) == 1
        assert leases.expire(session) == 0
    with house.session() as session:
        assert states(session, distribution) == {state: 3}
    check(house)

    with house.session() as session:
        record.record(session, call, answer(call, *[Fate.ACCEPTED] * 3))

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 3}
        assert states(session, distribution, "recipients") == {"served": 3}
    check(house)


def test_an_answer_of_an_older_attempt_is_not_taken(house: House) -> None:
    distribution, call = opened(house, repeat_safe_for=0)
    with house.session() as session:
        clock.shift(session, datetime.timedelta(seconds=31))
    with house.session() as session:
        leases.expire(session)
    house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"accepted": 3}

    with house.session() as session:
        record.record(session, call, answer(call, *[Fate.REFUSED] * 3))

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 3}
    check(house)


def ended(house: House, *fates: Fate) -> list[str]:
    """Titles of the notices of a run that ended so."""
    distribution, call = opened(house, people=len(fates))
    with house.session() as session:
        session.execute(text("UPDATE distributions SET fanned_out_at = now()"))
        record.record(session, call, answer(call, *fates))
    with house.session() as session:
        assert finish.done(session, distribution.id)
        return [title.partition("” ")[2] for title in session.scalars(text("SELECT title FROM notices WHERE kind = 'outcome'"))]


def test_a_run_that_ends_with_more_than_one_in_a_hundred_unsure_or_refused_says_so(house: House) -> None:
    assert ended(house, *[Fate.ACCEPTED] * 97, Fate.REFUSED, Fate.UNSURE) == ["is done, with 1 refused and 1 unsure"]


def test_a_run_that_ends_well_says_nothing(house: House) -> None:
    assert ended(house, *[Fate.ACCEPTED] * 99, Fate.UNSURE) == []


def test_sent_counts_what_was_accepted_and_a_receipt_settles_the_doubt(house: House) -> None:
    _, call = opened(house, people=3)
    with house.session() as session:
        record.record(session, call, answer(call, Fate.ACCEPTED, Fate.UNSURE, Fate.REFUSED))
    sent = text("SELECT coalesce(sum(delta), 0) FROM tally_deltas WHERE state = 'sent'")
    doubt = text("SELECT count(*) FROM recipients WHERE state = 'served' AND reason = 'unsure'")
    with house.session() as session:
        assert (session.execute(sent).scalar_one(), session.execute(doubt).scalar_one()) == (1, 1)
        receipt = Receipt(Happened.DELIVERED, message_id=f"dlv_{call.items[1].id.hex}")
        apply(session, session.query(Connection).one(), [receipt])
    with house.session() as session:
        assert (session.execute(sent).scalar_one(), session.execute(doubt).scalar_one()) == (2, 0)
    check(house)


@pytest.mark.parametrize(
    ("outcome", "attempts", "wait"),
    [
        ({"trouble": PeerTrouble.UNREACHED}, 0, 30),
        ({"trouble": PeerTrouble.UNTRIED}, 0, 0),
        ({"wait": Wait(3600, "Too many calls.")}, 0, 3600),
        ({"trouble": PeerTrouble.FAILED}, 1, 30),
        ({"retry_after": 900.0}, 1, 900),
    ],
)
def test_only_attempts_that_reached_the_provider_count(house: House, outcome: dict[str, object], attempts: int, wait: float) -> None:
    _, call = opened(house, people=1)
    with house.session() as session:
        record.record(session, call, answer(call, Fate.LATER, **outcome))
    with house.session() as session:
        counted, due, now = session.execute(text("SELECT attempts, due_at, now() FROM deliveries")).one()
        assert counted == attempts
        assert (due - now).total_seconds() == pytest.approx(wait, abs=3)
    check(house)
