"""What grows with customers: an import against COPY, the sync of a segment against INSERT … SELECT, changes with a hundred segments."""

import csv
import datetime
import io
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

import settings
from bench import crowd
from bench.compare import RUNS, Comparison, alone, compare
from bench.cost import Cost, Watched
from bench.installation import postmaster, servers
from domain.customers.imports import start
from domain.customers.imports.mapping import ImportSettings
from domain.customers.membership import refresh
from domain.customers.segments import create
from domain.journal import changed_facts, jobs
from domain.kernel.actor import SYSTEM
from domain.kernel.addresses import address_hash
from domain.kernel.base import new_id
from domain.tables.journal import Job
from tests.sending import a_project

SEGMENTS = 100
HEADER = ("id", "name", "email", "phone", "birthday", "city")
Row = tuple[str, str, str, str, str, str]


@contextmanager
def _watched() -> Iterator[tuple[Engine, Watched]]:
    with servers() as (where, _, engine), tempfile.TemporaryDirectory() as data:
        before, os.environ["LARGESSE_DATA"] = os.environ.get("LARGESSE_DATA"), data
        settings.current.cache_clear()
        try:
            yield engine, Watched(engine, postmaster(where))
        finally:
            os.environ.pop("LARGESSE_DATA")
            os.environ |= {"LARGESSE_DATA": before} if before is not None else {}
            settings.current.cache_clear()


def imported(count: int, runs: int = RUNS) -> Comparison:
    """Customers a second, from the upload of a file with six facts to the end of its job and of all that it asked for."""
    with _watched() as (engine, watched):
        with Session(engine) as session:
            a_project(session)
            session.commit()
        base = iter(range(0, 10 * runs * count, count))
        return compare("import", count, lambda: _copied(engine, watched, count), lambda: _taken(engine, watched, count, next(base)), runs)


def _rows(count: int, base: int = 0) -> Iterator[Row]:
    for n in range(base, base + count):
        born = f"{1950 + n % 50}-{1 + n % 12:02d}-{1 + n % 28:02d}"
        yield (
            f"crm-{n:08d}", f"Dina Okafor{n}", f"dina{n}@mail{n % 97}.example.com", f"+4478{n:08d}", born, crowd.CITIES[n % 10],
        )  # fmt: skip


def _copied(engine: Engine, watched: Watched, count: int) -> Cost:
    """COPY of ready rows into a table with the columns and indexes of customers; no line is read, checked or recognised."""
    now = datetime.datetime.now(datetime.UTC)
    ready = [(new_id(), *row, address_hash("email", row[2]), address_hash("phone", row[3]), now, now) for row in _rows(count)]
    with engine.begin() as own:
        own.execute(text("DROP TABLE IF EXISTS floor_customers"))
        own.execute(text("CREATE TABLE floor_customers (LIKE customers INCLUDING ALL)"))
        for name in ("line1", "line2", "region", "postal_code", "country", "locale", "time_zone", "updated_by"):
            own.execute(text(f"ALTER TABLE floor_customers ALTER {name} SET DEFAULT ''"))
        own.execute(text("ALTER TABLE floor_customers ALTER metadata SET DEFAULT '{}', ALTER row_version SET DEFAULT 1"))
    columns = "id, source_id, typed_name, email, phone, birthdate, city, email_hash, phone_hash, created_at, updated_at"
    with watched.stretch(here=True) as cost, engine.begin() as own:
        driver = own.connection.driver_connection
        assert driver is not None
        with driver.cursor().copy(f"COPY floor_customers ({columns}) FROM STDIN") as copy:
            for row in ready:
                copy.write_row(row)
    return cost


def _taken(engine: Engine, watched: Watched, count: int, base: int) -> Cost:
    written = io.StringIO(newline="")
    lines = csv.writer(written)
    lines.writerow(HEADER)
    lines.writerows(_rows(count, base))
    stream = io.BytesIO(written.getvalue().encode())
    with watched.stretch(here=True) as cost:
        with Session(engine) as session:
            file = start.upload(session, SYSTEM, stream, "customers.csv")
            job = start.start(session, SYSTEM, file, ImportSettings.from_json(file.reading)).id
            session.commit()
        crowd.finish(engine, job)
        _follow(engine, "bulk")
    with Session(engine) as session:
        done = session.get_one(Job, job)
        assert (done.state, done.report["created"]) == ("done", count), f"{done.state}: {done.report}"
    return cost


def _follow(engine: Engine, lane: str) -> None:
    """Look at everybody who was marked, a batch a transaction."""
    more = True
    while more:
        with Session(engine) as session:
            more = refresh.work(session, lane)
            session.commit()


def sync(count: int, runs: int = RUNS) -> Comparison:
    """Customers a second that are looked at for a segment with half of them."""
    with _watched() as (engine, watched):
        crowd.people(engine, count)
        return compare("sync", count, lambda: _inserted(engine, watched), lambda: _synced(engine, watched), runs)


def _inserted(engine: Engine, watched: Watched) -> Cost:
    """One statement, into a table like the list of members, with its keys and its reference; nobody is ever taken off, nothing counted."""
    with Session(engine) as session:
        id = create.manual(session, SYSTEM, f"Floor {uuid.uuid4().hex[:6]}").id
        session.execute(text("DROP TABLE IF EXISTS floor_members"))
        session.execute(text("CREATE TABLE floor_members (LIKE segment_members INCLUDING ALL)"))
        session.execute(text("ALTER TABLE floor_members ADD FOREIGN KEY (segment_id) REFERENCES segments"))
        session.commit()
    with watched.stretch(here=True) as cost, engine.begin() as own:
        own.execute(
            text("""
                INSERT INTO floor_members SELECT :segment, id, now() FROM customers WHERE erased_at IS NULL
                AND CASE WHEN jsonb_typeof(metadata->'spend') = 'number' THEN (metadata->>'spend')::numeric END < 500
            """),
            {"segment": id},
        )
    return cost


def _synced(engine: Engine, watched: Watched) -> Cost:
    with Session(engine) as session:
        condition = {"fact": "metadata.spend", "is": "less_than", "value": "500"}
        create.dynamic(session, SYSTEM, f"Half {uuid.uuid4().hex[:6]}", condition)
        session.commit()
        waiting = jobs.open_jobs(session)
    with watched.stretch(here=True) as cost:
        for job in waiting:
            crowd.finish(engine, job)
    return cost


_CHANGE = """
    UPDATE customers SET city = 'Oslo', metadata = metadata || jsonb_build_object('spend', ((metadata->>'spend')::int + 17) % 1000)
    WHERE id IN (SELECT id FROM customers ORDER BY id OFFSET :from LIMIT :count) RETURNING id
"""


def changed(count: int, runs: int = RUNS) -> Cost:
    """Seconds of processors for so many customers who changed city and spend, with a hundred segments."""
    with _watched() as (engine, watched):
        crowd.people(engine, runs * count)
        crowd.segments(engine, SEGMENTS)
        at = iter(range(0, runs * count, count))

        def ours() -> Cost:
            with Session(engine) as session:
                ids = session.scalars(text(_CHANGE), {"from": next(at), "count": count}).all()
                changed_facts.mark(session, ids, ["customer.city", "metadata.spend"])
                session.commit()
            with watched.stretch(here=True) as cost:
                _follow(engine, changed_facts.lane_of(count))
            return cost

        return alone("changed", count, ours, runs)


def one(count: int, runs: int = RUNS) -> Cost:
    """One customer's change until the lists of a hundred segments follow, so many times."""
    with _watched() as (engine, watched):
        crowd.people(engine, max(count * 10, 1000))
        crowd.segments(engine, SEGMENTS)
        waits: list[float] = []
        made = alone("one", count, lambda: _one_by_one(engine, watched, count, waits), runs)
        print(f"  from the commit to the lists: {_told(waits)}", flush=True)
        return made


def _one_by_one(engine: Engine, watched: Watched, count: int, waits: list[float]) -> Cost:
    with Session(engine) as session:
        ids = session.scalars(text("SELECT id FROM customers ORDER BY random() LIMIT :count"), {"count": count}).all()
    with watched.stretch(here=True) as cost:
        for id in ids:
            with Session(engine) as session:
                session.execute(text("UPDATE customers SET city = 'Roma' WHERE id = :id"), {"id": id})
                changed_facts.mark(session, [id], ["customer.city"])
                session.commit()
            began = time.monotonic()
            _follow(engine, "trigger")
            waits.append(time.monotonic() - began)
    return cost


def _told(waits: list[float]) -> str:
    shares = statistics.quantiles(waits, n=100)
    return f"p50 {shares[49] * 1000:.0f} ms, p99 {shares[98] * 1000:.0f} ms"
