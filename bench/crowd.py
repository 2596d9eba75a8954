"""A million customers as a bench needs them, made by one statement, and a hundred segments that ask for different facts of theirs."""

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from domain.customers.profiles import metadata
from domain.customers.segments import create
from domain.journal import jobs
from domain.kernel.actor import SYSTEM
from tests.sending import a_project
from workers.queue.job_kinds import job_kind

CITIES = ["Kraków", "Bristol", "Leeds", "London", "Paris", "Berlin", "Wien", "Roma", "Madrid", "Oslo"]
COUNTRIES = ["PL", "GB", "FR", "DE", "AT"]
AT_ONCE = 50_000
_MAKE = text("""
    INSERT INTO customers (id, source_id, typed_name, email, phone, email_hash, phone_hash, birthdate, line1, line2, city, region,
        postal_code, country, locale, time_zone, metadata, created_at, row_version, updated_at, updated_by)
    SELECT largesse_uuid7(), 'shop-' || n, 'Dina Okafor ' || n, 'dina' || n || '@example.com', '+4477' || lpad(n::text, 8, '0'),
        encode(sha256(convert_to('email:dina' || n || '@example.com', 'UTF8')), 'hex'), '', date '1950-01-01' + (n * 7919 % 20000),
        '', '', (CAST(:cities AS text[]))[1 + n % 10], '', '', (CAST(:countries AS text[]))[1 + n % 5], 'en', '',
        jsonb_build_object('spend', n % 1000, 'tier', 'tier ' || n % 7), now() - n * interval '1 minute', 1, now(), ''
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
""")


def people(engine: Engine, count: int) -> None:
    """Make so many customers, with two fields of their own."""
    with Session(engine) as session:
        a_project(session)
        metadata.register(session, {"spend": "number", "tier": "text"})
        for first in range(1, count + 1, AT_ONCE):
            last = min(count, first + AT_ONCE - 1)
            session.execute(_MAKE, {"cities": CITIES, "countries": COUNTRIES, "first": first, "last": last})
            session.commit()
    settle(engine)


def settle(engine: Engine) -> None:
    """Let the planner know what is there, and the disk be done with it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text("VACUUM ANALYZE"))
        own.execute(text("CHECKPOINT"))


def conditions(count: int) -> Iterator[dict[str, Any]]:
    """Conditions of five shapes over seven facts, each with other values."""
    for n in range(count):
        city = n // 5 % 10
        yield (
            {"all": [_leaf("customer.city", "is", CITIES[city]), _leaf("metadata.spend", "more_than", str(n * 9))]},
            _leaf("metadata.spend", "between", [str(n * 9), str(n * 9 + 90)]),
            {"any": [_leaf("customer.country", "is", COUNTRIES[n // 5 % 5]), _leaf("metadata.tier", "is", f"tier {n % 7}")]},
            {"all": [_leaf("customer.birthdate", "this_month"), _leaf("customer.city", "in", CITIES[city : city + 3])]},
            {"all": [_leaf("customer.email", "ends_with", "example.com"), _leaf("metadata.spend", "less_than", str(n * 9))]},
        )[n % 5]


def _leaf(fact: str, is_: str, value: Any = None) -> dict[str, Any]:
    return {"fact": fact, "is": is_} | ({} if value is None else {"value": value})


def segments(engine: Engine, count: int) -> None:
    """Make so many segments and look for their members."""
    with Session(engine) as session:
        for n, condition in enumerate(conditions(count)):
            create.dynamic(session, SYSTEM, f"Segment {n}", condition)
        session.commit()
        waiting = jobs.open_jobs(session)
    for job in waiting:
        finish(engine, job)
    settle(engine)


def finish(engine: Engine, job: uuid.UUID) -> None:
    """Do a job to its end, a step a transaction, as a worker does."""
    more = True
    while more:
        with Session(engine) as session:
            more = jobs.advance(session, job, job_kind)
            session.commit()
