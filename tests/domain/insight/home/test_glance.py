"""Home's numbers: days as they are in the viewer's zone, pools by their pace, the agenda by its time."""

import datetime
import uuid
import zoneinfo
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.insight.home import agenda, background_jobs, first_steps, fortnight, lately, low_pools, month, quarter_sums, week
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.base import folded, new_id
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, PoolCount, PoolDelta
from domain.tables.journal import Job
from domain.tables.sending import Tally, TallyDelta
from tests.scenes import Scene

UTC = zoneinfo.ZoneInfo("UTC")
DAY = datetime.timedelta(days=1)


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def distribution(session: Session, name: str, status: str = "live", **more: Any) -> Distribution:
    now = clock.now(session)
    trigger = more.pop("trigger", "manual")
    row = Distribution(
        name=name, name_key=folded(name), status=status, trigger=trigger, spec={"trigger": trigger}, created_at=now, updated_at=now, **more
    )
    session.add(row)
    session.flush()
    return row


def campaign(session: Session, name: str, free: int, **more: Any) -> Campaign:
    now = clock.now(session)
    row = Campaign(name=name, name_key=folded(name), currency="EUR", created_at=now, updated_at=now, **more)
    session.add(row)
    session.flush()
    session.add(PoolCount(campaign_id=row.id, state="free", count=free))
    session.flush()
    return row


def give(session: Session, source: Campaign, at: datetime.datetime, times: int, redeemed: int = 0) -> None:
    """Publications of that moment, as `publish` leaves them: their ids sort by time."""
    for n in range(times):
        stamp = uuid.UUID(int=(int(at.timestamp() * 1000) << 80) | (new_id().int & ((1 << 76) - 1)))
        values = {
            "campaign": source.id, "code": new_id().hex, "customer": new_id(), "at": at, "id": stamp,
            "redeemed": at if n < redeemed else None,
        }  # fmt: skip
        session.execute(
            text("""
                WITH v AS (
                    INSERT INTO vouchers (id, campaign_id, code, state, is_free, customer_id, assigned_at, redeemed, redeemed_at,
                        redeemed_minor, void_reason, imported, created_at, once)
                    VALUES (largesse_uuid7(), :campaign, :code, 'assigned', false, :customer, :at, 0, :redeemed, 0, '', false, :at, false)
                    RETURNING id)
                INSERT INTO publications (id, campaign_id, voucher_id, customer_id, channel, once, metadata, created_at)
                SELECT :id, :campaign, v.id, :customer, 'Dashboard', false, '{}', :at FROM v
            """),
            values,
        )


def tally(session: Session, row: Distribution, state: str, at: datetime.datetime, count: int, channel: str = "c1") -> None:
    minute = at.replace(second=0, microsecond=0)
    session.add(Tally(distribution_id=row.id, channel=channel, state=state, reason="", minute=minute, count=count))
    session.flush()


def test_messages_are_counted_by_the_days_of_the_viewer(session: Session) -> None:
    row = distribution(session, "Welcome")
    tokyo = zoneinfo.ZoneInfo("Asia/Tokyo")
    midnight = clock.now(session).astimezone(tokyo).replace(hour=0, minute=0, second=0, microsecond=0)
    tally(session, row, "sent", midnight - datetime.timedelta(minutes=1), 5)
    tally(session, row, "sent", midnight, 7)
    session.add(TallyDelta(distribution_id=row.id, channel="c1", state="sent", reason="", minute=midnight, delta=2))
    session.flush()

    found = fortnight.fortnight(session, tokyo)

    assert found.sent.values[-2:] == [5, 9]
    assert found.by_distribution[row.id].today == 9


def test_recipients_are_not_counted_as_messages_and_what_failed_apart(session: Session) -> None:
    row = distribution(session, "Welcome")
    now = clock.now(session)
    tally(session, row, "sent", now, 100, channel="")
    tally(session, row, "accepted", now, 100)
    tally(session, row, "refused", now, 3)
    tally(session, row, "bounced_once", now, 2)
    tally(session, row, "sent", now - 15 * DAY, 50)

    found = fortnight.fortnight(session, UTC)

    assert found.sent.values == [0] * 14
    assert found.failed.today == 5


def test_codes_given_and_redeemed_fall_on_their_day(session: Session) -> None:
    source = campaign(session, "Autumn", 10)
    now = clock.now(session)
    give(session, source, now - 3 * DAY, 4, redeemed=1)
    give(session, source, now, 2)
    give(session, source, now - 20 * DAY, 9, redeemed=9)

    found = fortnight.fortnight(session, UTC)

    assert (found.given.values[-4], found.given.today, sum(found.given.values)) == (4, 2, 6)
    assert (found.redeemed.values[-4], sum(found.redeemed.values)) == (1, 1)


def test_a_pool_runs_low_by_its_pace_and_not_by_its_size_alone(session: Session) -> None:
    now = clock.now(session)
    fast = campaign(session, "Fast", 70)
    for back in range(1, 8):
        give(session, fast, now - back * DAY, 10)
    give(session, campaign(session, "Slow", 5_000), now - DAY, 7)
    campaign(session, "Resting", 50)
    campaign(session, "Dry", 0)
    campaign(session, "Dry but over", 0, ends_at=now - DAY)
    give(session, campaign(session, "Fills itself", 10, auto_update=True), now - DAY, 70)

    found = low_pools.pools(session)

    assert [(one.name, one.free) for one in found] == [("Dry", 0), ("Fast", 70)]
    told = found[1]
    assert told.ends is not None
    assert 7 <= (told.ends - now) / DAY <= 8
    assert told.levels[0] == 130
    assert told.levels[-1] == 70


@pytest.mark.parametrize("back", [1, 7])
def test_less_than_a_week_of_use_and_one_mailing_say_nothing_about_the_days_to_come(session: Session, back: int) -> None:
    now = clock.now(session)
    give(session, campaign(session, "Young", 70), now - back * DAY, 70)

    (young,) = low_pools.pools(session)

    assert young.ends is None


def test_a_pool_that_outlasts_its_campaign_does_not_run_low(session: Session) -> None:
    now = clock.now(session)
    short = campaign(session, "Short", 70, ends_at=now + 3 * DAY)
    for back in range(1, 8):
        give(session, short, now - back * DAY, 10)

    assert low_pools.pools(session) == []


def test_a_scheduled_one_counts_whom_it_reaches_and_not_its_segment(scene: Scene, session: Session) -> None:
    segment = scene.segment("Both", scene.dina, scene.eli)
    row = scene.scheduled(scene.codes_to_segment(segment_id=segment.id))

    (following,) = agenda.agenda(session).next

    assert (following.row.id, following.people) == (row.id, 1)


def test_codes_taken_a_moment_ago_are_seen_before_they_are_folded(session: Session) -> None:
    source = campaign(session, "Autumn", 200)
    session.add(PoolDelta(campaign_id=source.id, state="free", delta=-200))
    session.flush()

    assert [one.free for one in low_pools.pools(session)] == [0]


def test_the_agenda_says_who_is_next_first_and_how_long_a_run_takes(session: Session) -> None:
    now = clock.now(session)
    distribution(session, "Later", "scheduled", due_at=now + 2 * DAY)
    distribution(session, "Sooner", "scheduled", due_at=now + DAY)
    distribution(session, "After a sync", "scheduled")
    distribution(session, "Draft", "draft")
    distribution(session, "Paused by hand", "paused", pause_reason="person")
    distribution(session, "Dry", "paused", pause_reason="no_codes")
    run = distribution(session, "Running", "sending", started_at=now, fanned_out_at=now)
    tally(session, run, "pending", now - datetime.timedelta(minutes=2), 600, channel="")
    tally(session, run, "served", now - datetime.timedelta(minutes=2), 400, channel="")

    found = agenda.agenda(session)

    assert [one.row.name for one in found.next] == ["Sooner", "Later", "After a sync"]
    (running,) = found.now
    assert (running.done, running.people) == (400, 1000)
    assert running.seconds_left is not None
    assert 120 <= running.seconds_left <= 300
    assert found.totals == {"scheduled": 3, "sending": 1, "paused": 1}


def test_open_jobs_stand_before_those_that_ended_lately(session: Session) -> None:
    now = clock.now(session)
    for title, state, ended in (("old", "done", now - DAY), ("lately", "done", now), ("open", "running", None)):
        session.add(Job(kind="import_customers", title=title, state=state, created_at=now, ended_at=ended))
        session.flush()

    assert [job.title for job in background_jobs.jobs(session)] == ["open", "lately"]


def test_a_step_is_done_when_one_row_exists(session: Session) -> None:
    assert [step.done for step in first_steps.steps(session)] == [False] * 5

    campaign(session, "Autumn", 1)
    distribution(session, "Draft", "draft")

    assert [step.done for step in first_steps.steps(session)] == [False, False, False, True, False]


def test_what_the_clock_has_summed_reads_like_what_it_has_not(session: Session) -> None:
    row, source = distribution(session, "Welcome"), campaign(session, "Autumn", 500)
    now = clock.now(session)
    for hours, count in ((0, 3), (1, 5), (26, 7), (100, 11)):
        tally(session, row, "sent", now - datetime.timedelta(hours=hours), count)
        give(session, source, now - datetime.timedelta(hours=hours), count)
    before, pools_before = fortnight.fortnight(session, UTC), low_pools.pools(session)

    while quarter_sums.fold(session):
        pass
    assert session.execute(text("SELECT count(*) FROM quarters WHERE kind = 'sent'")).scalar() in {3, 4}
    assert fortnight.fortnight(session, UTC) == before
    assert low_pools.pools(session) == pools_before

    tally(session, row, "sent", now, 2, channel="c2")
    assert fortnight.fortnight(session, UTC).sent.today == before.sent.today + 2
    assert quarter_sums.fold(session) is False


def test_a_summed_quarter_is_not_read_again_and_an_old_one_forgotten(session: Session) -> None:
    row = distribution(session, "Welcome")
    now = clock.now(session)
    tally(session, row, "sent", now - datetime.timedelta(hours=2), 5)
    while quarter_sums.fold(session):
        pass
    session.execute(text("DELETE FROM tallies"))
    assert fortnight.fortnight(session, UTC).sent.values[-2:] in ([0, 5], [5, 0])

    clock.shift(session, 65 * DAY)
    while quarter_sums.forget(session):
        pass

    assert session.execute(text("SELECT count(*) FROM quarters WHERE kind <> 'read'")).scalar() == 0


def test_a_month_is_compared_with_the_last_one_up_to_the_same_day(session: Session) -> None:
    row = distribution(session, "Welcome")
    today = clock.now(session).date()
    first = datetime.datetime.combine(today.replace(day=1), datetime.time(0, 1), UTC)
    last = (first - DAY).replace(day=1)
    tally(session, row, "sent", first, 7)
    tally(session, row, "sent", last, 30)
    tally(session, row, "sent", last - datetime.timedelta(minutes=2), 900)
    tally(session, row, "bounced_once", first, 2)

    found = month.month(session, UTC)

    assert (found.sent.total, found.sent.was, found.sent.days[0], found.sent.before[0]) == (7, 30, 7, 30)
    assert (found.failed.total, found.failed.was) == (2, 0)
    assert len(found.sent.days) == today.day
    assert len(found.sent.before) == min(today.day, (first - last).days)


def test_what_was_sent_after_that_day_of_the_last_month_is_not_compared(session: Session) -> None:
    found = month.Month(datetime.date(2026, 3, 1), datetime.date(2026, 2, 1), datetime.date(2026, 3, 30))

    for day in (datetime.date(2026, 1, 31), datetime.date(2026, 2, 28), datetime.date(2026, 3, 30), datetime.date(2026, 3, 31)):
        found.place(found.sent, day, 5)

    assert (found.sent.total, found.sent.was, len(found.sent.before)) == (5, 5, 28)


def test_the_week_has_each_distribution_on_its_day_and_counts_what_does_not_fit(session: Session) -> None:
    now = clock.now(session)
    for n in range(5):
        distribution(session, f"Tomorrow {n}", "scheduled", due_at=now + DAY)
    distribution(session, "Overdue", "scheduled", due_at=now - DAY)
    distribution(session, "Held", "scheduled", due_at=now + DAY, held_seconds=60)
    distribution(session, "Next month", "scheduled", due_at=now + 30 * DAY)
    distribution(session, "Under way", "sending", started_at=now)

    days = week.week(session, UTC, agenda.agenda(session), [])

    assert [[line.name for line in day.lines] for day in days[:2]] == [["Under way", "Overdue"], ["Tomorrow 0", "Tomorrow 1", "Tomorrow 2"]]
    assert [day.more for day in days] == [0, 2, 0, 0, 0, 0, 0]
    assert len(days) == 7


def test_lately_is_what_matters_to_everybody_the_newest_first(session: Session) -> None:
    for command in ("create segment", "edit customer", "launch distribution"):
        audit.record(session, SYSTEM, command, "distr_1", command)
        session.flush()

    assert [entry.command for entry in lately.lately(session)] == ["launch distribution", "create segment"]
