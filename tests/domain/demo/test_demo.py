import datetime

import pytest
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain.demo import customers as crowd
from domain.demo import fill as demo
from domain.distributions.draft.spec import Spec
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.incentives.ledger import check as ledger
from domain.insight.home import first_steps, fortnight
from domain.journal import jobs, notices
from domain.kernel import base, clock
from domain.kernel.addresses import address_hash
from domain.sending.states import tallies
from domain.tables.customers import Consent, ConsentLog, Customer, Member, Segment, Suppression
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Publication, Voucher
from domain.tables.journal import Event
from domain.tables.redemptions import Redemption
from domain.tables.sending import Delivery
from domain.tables.shop import CustomerOrders, Product
from workers.queue.job_kinds import job_kind


def count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(condition)) or 0


def fates(session: Session) -> list[tuple[str, str, int]]:
    """How many messages of each distribution are in which state."""
    counted = select(Distribution.name, Delivery.state, func.count()).join(Delivery, Delivery.distribution_id == Distribution.id)
    grouped = counted.group_by(Distribution.name, Delivery.state).order_by(Distribution.name, Delivery.state)
    return [(name, state, number) for name, state, number in session.execute(grouped)]


def test_the_bakery_opens_with_everything_to_try_a_distribution(session: Session) -> None:
    demo.fill(session)
    for job in jobs.open_jobs(session):
        while jobs.advance(session, job, job_kind):
            pass

    assert session.scalar(select(func.count()).select_from(Customer)) == crowd.SIZE
    assert count(session, Consent.given) > crowd.SIZE
    inside = session.execute(select(Segment.name, func.count()).join(Member, Member.segment_id == Segment.id).group_by(Segment.name))
    sizes = dict(inside.tuples().all())
    assert all(30 < sizes[name] < crowd.SIZE for name in ("Lapsed regulars", "New members", "Bristol regulars", "Silver and gold")), sizes
    assert all(campaign.generation == "done" for campaign in session.scalars(select(Campaign)))


def test_what_was_begun_can_be_sent_as_it_stands(session: Session) -> None:
    demo.fill(session)
    for job in jobs.open_jobs(session):
        while jobs.advance(session, job, job_kind):
            pass

    for row in session.scalars(select(Distribution).where(Distribution.status == "draft")):
        assert isinstance(plan(session, Spec.from_json(row.spec)), Plan)


def test_the_past_adds_up(session: Session) -> None:
    demo.fill(session)
    quarters = fortnight.fortnight(session, datetime.UTC)

    assert tallies.check(session) == []
    assert ledger.check(session) == []
    assert notices.open_notices(session) == []
    suppressed = session.scalars(select(Suppression.hash)).all()
    ended = session.scalars(select(Delivery.address).where(Delivery.state.in_(("bounced", "complained")))).all()
    assert {address_hash("email", address) for address in ended} == set(suppressed)
    since = clock.now(session) - datetime.timedelta(days=13)
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    assert sum(quarters.sent.values) == count(session, Delivery.sent_at >= midnight) > 20
    assert count(session, Publication.id.is_not(None)) == count(session, Voucher.state == "assigned") > 300
    assert count(session, Redemption.at.is_not(None)) == count(session, Voucher.redeemed > 0) > 30


def test_the_past_is_three_months_long_and_lies_behind_us(session: Session) -> None:
    demo.fill(session)
    now = clock.now(session)

    first, last = session.execute(select(func.min(Delivery.sent_at), func.max(Delivery.sent_at))).one()
    moments = (Delivery.settled_at, Delivery.opened_at, Delivery.clicked_at, Redemption.at, ConsentLog.created_at, Event.at)
    assert first is not None
    assert last is not None
    assert datetime.timedelta(days=80) < now - first < datetime.timedelta(days=95)
    assert now - last < datetime.timedelta(days=8)
    assert [count(session, moment > now) for moment in moments] == [0] * len(moments)
    assert all(base.made_at(id) <= now for id in session.scalars(select(Delivery.id)))


def test_nobody_was_written_to_after_they_said_no(session: Session) -> None:
    demo.fill(session)

    withdrawn = select(Delivery.id).join(Consent, Consent.customer_id == Delivery.customer_id)
    withdrawn = withdrawn.where(~Consent.given, Consent.how == "unsubscribe link", Delivery.sent_at > Consent.at)
    assert session.scalars(select(ConsentLog.id).where(~ConsentLog.given, ConsentLog.how == "unsubscribe link")).all() != []
    assert session.scalars(withdrawn).all() == []


def test_the_same_happened_in_every_installation(session: Session) -> None:
    demo.fill(session)
    counts = fates(session)
    session.rollback()
    demo.fill(session)

    assert fates(session) == counts


def test_a_past_that_nobody_here_launched_leaves_the_last_step_to_be_done(session: Session) -> None:
    demo.fill(session)

    assert [step.done for step in first_steps.steps(session)] == [True, True, True, True, False]
    assert {row.name for row in first_steps.ready(session)} == {"Autumn thank-you", "Welcome, with a code"}


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


def test_who_ordered_lately_has_that_order_and_nobody_was_told(session: Session) -> None:
    demo.fill(session)

    lately = (clock.now(session) - datetime.timedelta(days=50)).date().isoformat()
    remembered = select(Customer.id, Customer.details["last_order"].astext).where(Customer.details["last_order"].astext > lately)
    last = {id: at.date().isoformat() for id, at in session.execute(select(CustomerOrders.customer_id, CustomerOrders.last_at)) if at}
    assert all(last[id] == day for id, day in session.execute(remembered))
    assert session.scalars(select(Product.name)).all()
    assert count(session, Event.kind.like("customer.order.%")) == 0
