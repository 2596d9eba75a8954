"""A forecast needs a week of use, and knows when the campaign ends."""

import datetime

from sqlalchemy.orm import Session

from domain.incentives.codes.forecast import outlook
from domain.kernel import clock
from tests.domain.insight.home.test_glance import DAY, campaign, give


def test_a_pool_used_for_three_days_has_no_forecast(session: Session) -> None:
    now, source = clock.now(session), campaign(session, "Young", 70)
    for back in range(3):
        give(session, source, now - back * DAY - datetime.timedelta(minutes=1), 10)

    found = outlook(session, source)

    assert (found.dry_at, found.too_early, found.ends_first) == (None, True, False)


def test_after_a_week_the_pace_is_that_of_the_days_of_use(session: Session) -> None:
    now, source = clock.now(session), campaign(session, "Used", 80)
    for back in range(8):
        give(session, source, now - back * DAY - datetime.timedelta(minutes=1), 10)

    found = outlook(session, source)

    assert found.dry_at is not None
    assert round((found.dry_at - now) / DAY) == 8


def test_a_campaign_that_ends_first_is_not_said_to_run_dry(session: Session) -> None:
    now = clock.now(session)
    source = campaign(session, "Short", 80, ends_at=now + 3 * DAY)
    for back in range(8):
        give(session, source, now - back * DAY - datetime.timedelta(minutes=1), 10)

    found = outlook(session, source)

    assert (found.dry_at, found.ends_first, found.state) == (None, True, "ok")
