import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.demo import customers as crowd
from domain.demo import fill as demo
from domain.distributions.draft.spec import Spec
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.journal import jobs
from domain.tables.customers import Consent, Customer, Member, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign
from workers.queue.job_kinds import job_kind


def test_the_bakery_opens_with_everything_to_try_a_distribution(session: Session) -> None:
    demo.fill(session)
    for job in jobs.open_jobs(session):
        while jobs.advance(session, job, job_kind):
            pass

    assert session.scalar(select(func.count()).select_from(Customer)) == crowd.SIZE
    assert session.scalar(select(func.count()).select_from(Consent).where(Consent.given)) > crowd.SIZE
    inside = session.execute(select(Segment.name, func.count()).join(Member, Member.segment_id == Segment.id).group_by(Segment.name))
    sizes = dict(inside.tuples().all())
    assert all(30 < sizes[name] < crowd.SIZE for name in ("Lapsed regulars", "New members", "Bristol regulars", "Silver and gold")), sizes
    assert all(campaign.generation == "done" for campaign in session.scalars(select(Campaign)))


def test_what_was_begun_can_be_sent_as_it_stands(session: Session) -> None:
    demo.fill(session)
    for job in jobs.open_jobs(session):
        while jobs.advance(session, job, job_kind):
            pass

    for row in session.scalars(select(Distribution)):
        assert isinstance(plan(session, Spec.from_json(row.spec)), Plan)


def test_nobody_can_be_reached(session: Session) -> None:
    demo.fill(session)

    emails = session.scalars(select(Customer.email).where(Customer.email != "")).all()
    phones = session.scalars(select(Customer.phone).where(Customer.phone != "")).all()
    assert all(email.rpartition("@")[2] in {"example.com", "example.org", "example.net"} for email in emails)
    assert len(set(emails)) == len(emails)
    assert all(phone.startswith("+447700900") and len(phone) == 13 for phone in phones)


def test_it_never_opens_over_customers(session: Session) -> None:
    demo.fill(session)

    with pytest.raises(demo.NotEmpty):
        demo.fill(session)
