"""A forecast needs a week of use on more than a day or two of it, and knows when the campaign ends."""

import datetime

from sqlalchemy.orm import Session

from domain.incentives.codes.forecast import outlook
from domain.kernel import clock
from domain.tables.incentives import PoolCount
from tests.domain.insight.home.test_glance import DAY, campaign, give


def test_a_pool_used_for_three_days_has_no_forecast(session: Session) -> None:
    now, source = clock.now(session), campaign(session, "Young", 70)
    for back in range(3):
        give(session, source, now - back * DAY - datetime.timedelta(minutes=1), 10)

    found = outlook(session, source)

    assert (found.dry_at, found.too_little, found.ends_first) == (None, True, False)


def test_after_a_week_the_pace_is_that_of_the_days_of_use(session: Session) -> None:
    now, source = clock.now(session), campaign(session, "Used", 80)
    for back in range(8):
        give(session, source, now - back * DAY - datetime.timedelta(minutes=1), 10)

    found = outlook(session, source)

    assert found.dry_at is not None
    assert round((found.dry_at - now) / DAY) == 8


def test_one_mailing_is_no_pace(session: Session) -> None:
    source = campaign(session, "Newsletter", 300)
    give(session, source, clock.now(session) - 9 * DAY, 100)

    found = outlook(session, source)

    assert (found.dry_at, found.too_little, found.state) == (None, True, "ok")


def test_what_was_in_use_before_is_averaged_over_all_days(session: Session) -> None:
    now, source = clock.now(session), campaign(session, "Old", 60)
    for back in (9, 5, 1):
        give(session, source, now - back * DAY, 14)
    session.add(PoolCount(campaign_id=source.id, state="assigned", count=500))
    session.flush()

    found = outlook(session, source)

    assert found.days == 14
    assert found.dry_at is not None
    assert round((found.dry_at - now) / DAY) == 60 / (3 * 14 / 14)


def test_a_day_beyond_a_year_is_not_told(session: Session) -> None:
    now, source = clock.now(session), campaign(session, "Large", 1_000_000)
    for back in range(8):
        give(session, source, now - back * DAY - datetime.timedelta(minutes=1), 2)

    found = outlook(session, source)

    assert (found.dry_at, found.too_little, found.state) == (None, False, "ok")


def test_a_campaign_that_ends_first_is_not_said_to_run_dry(session: Session) -> None:
    now = clock.now(session)
    source = campaign(session, "Short", 80, ends_at=now + 3 * DAY)
    for back in range(8):
        give(session, source, now - back * DAY - datetime.timedelta(minutes=1), 10)

    found = outlook(session, source)

    assert (found.dry_at, found.ends_first, found.state) == (None, True, "ok")
