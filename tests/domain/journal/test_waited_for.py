"""A publication is written as an event only while a distribution waits for it; whoever begins to wait misses none."""

import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.incentives.ledger.after_publication import record_since
from domain.incentives.ledger.assign import publish
from domain.journal import waited_for
from domain.journal.events import EventKind
from domain.kernel import clock
from tests.sending import a_campaign, a_project, a_segment, customers_of, waits_for_codes_of


def events(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM events WHERE kind = 'customer.publication.succeeded'")).scalar_one())


def test_nobody_waits_and_nothing_is_written(session: Session) -> None:
    a_project(session)
    campaign, other = a_campaign(session, 2), a_campaign(session, 1)
    waits_for_codes_of(session, other.id)

    publish(session, campaign.id, customers_of(session, a_segment(session, 1).id)[0])

    assert events(session) == 0
    assert session.execute(text("SELECT count(*) FROM event_work")).scalar_one() == 0


def test_a_paused_distribution_waits_and_work_is_written(session: Session) -> None:
    a_project(session)
    campaign = a_campaign(session, 2)
    waits_for_codes_of(session, campaign.id)

    publish(session, campaign.id, customers_of(session, a_segment(session, 1).id)[0])

    assert events(session) == 1
    assert session.execute(text("SELECT count(*) FROM event_work")).scalar_one() == 1


def test_who_begins_to_wait_lets_those_end_who_saw_nobody_and_records_what_they_did(committed: Engine) -> None:
    with Session(committed) as session:
        a_project(session)
        campaign, customer = a_campaign(session, 2).id, customers_of(session, a_segment(session, 1).id)[0]
        session.commit()

    with Session(committed) as begins, Session(committed) as gives:
        since = clock.now(begins)
        begins.commit()
        publish(gives, campaign, customer)
        begins.execute(text("SET LOCAL lock_timeout = '300ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            waited_for.begin(begins, EventKind.PUBLISHED)
        begins.rollback()
        gives.commit()
        waited_for.begin(begins, EventKind.PUBLISHED)
        waits_for_codes_of(begins, campaign)
        record_since(begins, campaign, since)
        begins.commit()

        assert events(begins) == 1
        assert begins.execute(text("SELECT count(*) FROM event_work")).scalar_one() == 1
        later = clock.now(begins) + datetime.timedelta(hours=1)
        record_since(begins, campaign, later)
        assert events(begins) == 1


def test_what_nobody_can_be_asked_about_needs_no_turn(committed: Engine) -> None:
    with Session(committed) as one, Session(committed) as other:
        waited_for.anybody(one, EventKind.PUBLISHED, [])
        other.execute(text("SET LOCAL lock_timeout = '300ms'"))

        waited_for.begin(other, EventKind.ENTERED)
        waited_for.begin(other, None)
