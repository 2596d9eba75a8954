"""Several workers at once, on real transactions: nobody overwrites what another has just found, and one edit is seen at once."""

import threading
import time
import uuid

import pytest
from sqlalchemy import Engine, event, insert, select, text, update
from sqlalchemy.orm import Session

from domain.customers.membership import refresh as keep
from domain.customers.segments import create
from domain.journal import changed_facts, jobs
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import new_id
from domain.tables.customers import Customer, Member
from domain.tables.journal import Event
from tests.domain.customers.segments.conftest import leaf
from workers.queue.job_kinds import job_kind

ANN = Actor("user_ann", "Ann Weber")
CITY = leaf("customer.city", "is", "Bristol")


@pytest.fixture
def clean(committed: Engine) -> Engine:
    """Whatever these tests commit is gone afterwards."""
    return committed


def people(session: Session, count: int, city: str = "") -> list[uuid.UUID]:
    now = clock.now(session)
    rows = [{"id": new_id(), "city": city, "details": {"n": n % 100}, "created_at": now, "updated_at": now} for n in range(count)]
    session.execute(insert(Customer), rows)
    return [row["id"] for row in rows]


def finish(engine: Engine) -> None:
    with Session(engine) as session:
        for id in jobs.open_jobs(session):
            while jobs.advance(session, id, job_kind):
                session.commit()
        session.commit()


def test_workers_side_by_side_end_where_the_condition_says(clean: Engine) -> None:
    with Session(clean, expire_on_commit=False) as session:
        ids = people(session, 60)
        segment = create.dynamic(session, ANN, "Bristol", CITY)
        others = create.dynamic(session, ANN, "Others", leaf("segment", "not_member", str(segment.id)))
        session.commit()
    stop = threading.Event()
    broken: list[Exception] = []

    def worker() -> None:
        while not stop.is_set():
            with Session(clean, expire_on_commit=False) as session:
                try:
                    keep.work(session, batch=7)
                    session.commit()
                except Exception as why:
                    broken.append(why)

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    finish(clean)
    for round in range(12):
        with Session(clean, expire_on_commit=False) as session:
            for id in ids[round % 5 :: 3]:
                session.execute(update(Customer).where(Customer.id == id).values(city="Bristol" if round % 2 else "Bath"))
                changed_facts.mark(session, [id], ["customer.city"])
                session.commit()
    end = time.monotonic() + 180
    with Session(clean, expire_on_commit=False) as session:
        while changed_facts.waiting(session) and time.monotonic() < end:
            session.commit()
            time.sleep(0.02)
    stop.set()
    for thread in threads:
        thread.join()

    assert broken == []
    with Session(clean, expire_on_commit=False) as session:
        inside = set(session.scalars(select(Member.customer_id).where(Member.segment_id == segment.id)))
        assert inside == set(session.scalars(select(Customer.id).where(Customer.city == "Bristol")))
        assert set(session.scalars(select(Member.customer_id).where(Member.segment_id == others.id))) == set(ids) - inside


def test_one_edit_is_an_event_by_as_few_statements_among_many_as_among_few(clean: Engine) -> None:
    """How soon a code leaves, in seconds, is asked of a whole installation by tests/visits/test_in_time.py."""
    with Session(clean, expire_on_commit=False) as session:
        ids = people(session, 20)
        for n in range(10):
            create.dynamic(session, ANN, f"City {n}", leaf("customer.city", "is", f"Bristol {n}"))
        session.commit()
    finish(clean)
    among_few = statements_of_one_edit(clean, ids[0])
    with Session(clean, expire_on_commit=False) as session:
        people(session, 2_000)
        session.commit()
    finish(clean)
    among_many = statements_of_one_edit(clean, ids[1])

    with Session(clean, expire_on_commit=False) as session:
        for id in ids[:2]:
            assert session.scalars(select(Event.kind).where(Event.customer_id == id)).all() == ["customer.segment.entered"]
    assert among_many == among_few
    assert len(among_many) < 80


def statements_of_one_edit(engine: Engine, customer: uuid.UUID) -> list[str]:
    """What the database is asked to do until one customer's new city is an event."""
    with Session(engine, expire_on_commit=False) as session:
        session.execute(update(Customer).where(Customer.id == customer).values(city="Bristol 3"))
        changed_facts.mark(session, [customer], ["customer.city"])
        session.commit()
    asked: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        with Session(engine, expire_on_commit=False) as session:
            keep.work(session)
            session.commit()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return asked


@pytest.mark.long
def test_the_first_sync_of_100_000_customers_takes_seconds(clean: Engine) -> None:
    with Session(clean, expire_on_commit=False) as session:
        session.execute(
            text("""
                INSERT INTO customers (id, source_id, typed_name, city, metadata, created_at, updated_at, row_version, updated_by,
                    email, phone, email_hash, phone_hash, line1, line2, region, postal_code, country, locale, time_zone)
                SELECT largesse_uuid7(), n::text, 'Customer ' || n, CASE n % 3 WHEN 0 THEN 'Bristol' ELSE 'Bath' END,
                    jsonb_build_object('spend', n % 1000, 'last_order', (DATE '2026-01-01' + n % 300)::text), now(), now(), 1, '',
                    'c' || n || '@example.com', '', '', '', '', '', '', '', 'Germany', '', ''
                FROM generate_series(1, 100000) n
            """)
        )
        session.execute(
            text("""
                INSERT INTO metadata_fields (id, noun, key, type, label, created_at) VALUES
                (largesse_uuid7(), 'customer', 'spend', 'number', '', now()),
                (largesse_uuid7(), 'customer', 'last_order', 'date', '', now())
            """)
        )
        tree = {
            "all": [
                leaf("metadata.spend", "more_than", 100),
                {"any": [CITY, leaf("metadata.last_order", "between", ["2026-02-01", "2026-08-01"])]},
            ]
        }
        segment = create.dynamic(session, ANN, "Spenders", tree)
        session.commit()

    start = time.perf_counter()
    finish(clean)
    took = time.perf_counter() - start

    with Session(clean, expire_on_commit=False) as session:
        count = len(session.scalars(select(Member.customer_id).where(Member.segment_id == segment.id)).all())
    print(f"\nfirst sync: {count:,} of 100,000 found in {took:.2f} s")
    assert count > 50_000
    assert took < 10


def test_two_keepers_never_look_at_one_customer_at_once_and_do_not_wait_for_each_other(clean: Engine) -> None:
    with Session(clean, expire_on_commit=False) as session:
        dina, eli = people(session, 2)
        segment = create.dynamic(session, ANN, "Bristol", CITY)
        session.commit()
    finish(clean)

    def edit(id: uuid.UUID, city: str) -> None:
        with Session(clean) as session:
            session.execute(update(Customer).where(Customer.id == id).values(city=city))
            changed_facts.mark(session, [id], ["customer.city"])
            session.commit()

    def inside() -> set[uuid.UUID]:
        with Session(clean) as session:
            return set(session.scalars(select(Member.customer_id).where(Member.segment_id == segment.id)))

    edit(dina, "Bristol")
    with Session(clean) as first, Session(clean) as second:
        second.execute(text("SET LOCAL lock_timeout = '2s'"))
        keep.work(first)
        edit(dina, "Bath")
        edit(eli, "Bristol")
        keep.work(second)
        second.commit()
        assert inside() == {eli}, "Dina is left to the one who looks at her, or the slower could write the older answer"
        first.commit()
    assert inside() == {dina, eli}

    with Session(clean) as session:
        keep.work(session)
        session.commit()
    assert inside() == {eli}


def test_a_segment_that_begins_to_ask_waits_for_those_who_did_not_mark(clean: Engine) -> None:
    with Session(clean) as session:
        [dina] = people(session, 1)
        session.commit()
    done = threading.Event()

    def ask() -> None:
        with Session(clean) as session:
            create.dynamic(session, ANN, "Holders", leaf("voucher.held", "more_than", 0))
            session.commit()
        done.set()

    with Session(clean) as giving:
        changed_facts.mark(giving, [dina], [changed_facts.VOUCHER])
        thread = threading.Thread(target=ask)
        thread.start()
        assert not done.wait(0.4), "or its first sync could begin before this change is there to be seen"
        giving.commit()
    thread.join(5)
    assert done.is_set()
    with Session(clean) as giving:
        changed_facts.mark(giving, [dina], [changed_facts.VOUCHER])
        assert changed_facts.waiting(giving)
        giving.rollback()
