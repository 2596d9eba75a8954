"""What customers' orders come to can be asked for by segments, which follow each order at once."""

import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import conditions
from domain.customers.facts import values
from domain.customers.facts.catalogue import known, moment
from domain.customers.membership import refresh
from domain.customers.segments import create
from domain.journal import jobs
from domain.kernel import clock
from domain.shop.orders.record import record
from domain.shop.orders.wanted import OrderWanted
from domain.tables.customers import Customer, Member, Segment
from domain.tables.journal import DirtyCustomer, Event
from tests.cast import ANN
from workers.queue.job_kinds import job_kind


def paid(session: Session, who: Customer, *amounts: int, days: int = 0, react: bool = True) -> None:
    at = clock.now(session) - datetime.timedelta(days=days)
    orders = [
        OrderWanted(source_id=f"{who.id} {n} {days}", customer_id=who.id, amount=a, status="paid", placed_at=at)
        for n, a in enumerate(amounts)
    ]
    record(session, ANN, orders, react=react)


def members(session: Session, segment: Segment) -> set[Any]:
    while refresh.work(session) or refresh.work_on_many(session):
        pass
    return set(session.scalars(select(Member.customer_id).where(Member.segment_id == segment.id)))


@pytest.mark.parametrize(
    ("fact", "how", "value"),
    [
        ("orders.count", "more_than_equal", 2),
        ("orders.total", "more_than", 40),
        ("orders.total", "is", 42.5),
        ("orders.average", "is", 21.25),
        ("orders.last_amount", "is", 22.5),
        ("orders.last_at", "more_than_ago", 30),
        ("orders.first_at", "more_than_ago", 30),
    ],
)
def test_a_segment_asks_for_it_and_the_explanation_says_the_same(
    session: Session, dina: Customer, eli: Customer, fact: str, how: str, value: float
) -> None:
    paid(session, dina, 2000, 2250, days=40)
    paid(session, eli, 100)
    condition = {"fact": fact, "is": how, "value": value}

    facts, now = known(session), moment(session)
    fits = set(session.scalars(select(Customer.id).where(conditions.where(condition, facts, now))))
    told = {one.id for one in (dina, eli) if conditions.holds(condition, values.values(session, one.id), facts, now)}
    assert fits == told == {dina.id}


def test_who_has_ordered_nothing_has_no_orders_and_no_last_one(session: Session, dina: Customer) -> None:
    facts, now = known(session), moment(session)
    for leaf, fits in (({"fact": "orders.count", "is": "is", "value": 0}, True), ({"fact": "orders.last_at", "is": "unknown"}, True)):
        assert (session.scalar(select(Customer.id).where(conditions.where(leaf, facts, now))) == dina.id) is fits
        assert conditions.holds(leaf, values.values(session, dina.id), facts, now) is fits


def test_an_order_moves_its_customer_at_once_and_history_does_so_in_silence(session: Session, dina: Customer, eli: Customer) -> None:
    segment = create.dynamic(session, ANN, "Spent a lot", {"all": [{"fact": "orders.total", "is": "more_than", "value": 10}]})
    for id in jobs.open_jobs(session):
        while jobs.advance(session, id, job_kind):
            pass
    assert members(session, segment) == set()

    paid(session, dina, 1500)
    paid(session, eli, 1500, react=False)

    assert members(session, segment) == {dina.id, eli.id}
    entered = session.scalars(select(Event.customer_id).where(Event.kind == "customer.segment.entered")).all()
    assert entered == [dina.id]


def test_nobody_is_marked_while_no_segment_asks(session: Session, dina: Customer) -> None:
    while refresh.work(session) or refresh.work_on_many(session):
        pass
    paid(session, dina, 1500)
    assert session.scalars(select(DirtyCustomer)).all() == []
