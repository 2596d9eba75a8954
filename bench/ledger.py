"""Reserving and assigning codes alone, against a floor that marks rows and writes publications without asking anything."""

import shutil
import tempfile
import time
import uuid
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from bench.sending import _migrate
from domain.incentives.codes.draw import AT_ONCE, make
from domain.incentives.codes.pattern import draw
from domain.incentives.ledger.assign import CodeRequest, assign, reserve
from domain.sending.recipients import from_audience
from domain.tables.incentives import Campaign
from settings import driver_url
from tests.sending import codes_to_segment
from workers.processes import embedded

BATCH = 1000


def run(people: int, codes: int) -> None:
    """Print codes a second: reserved and assigned, and made."""
    where = Path(tempfile.mkdtemp(prefix="largesse-bench-", dir="/tmp"))
    where.chmod(0o755)
    url = embedded.start_postgres(where, "-c max_connections=20")
    try:
        engine = create_engine(driver_url(url))
        _migrate(engine)
        with Session(engine) as session:
            distribution = codes_to_segment(session, people)
            while from_audience.make_page(session, distribution.id):
                pass
            session.commit()
            campaign = session.execute(text("SELECT id FROM campaigns")).scalar_one()
            rows = session.execute(text("SELECT id, customer_id FROM recipients ORDER BY id")).all()
            session.execute(text("ANALYZE"))
            session.commit()
            began = time.monotonic()
            for at in range(0, people, BATCH):
                batch = rows[at : at + BATCH]
                reserve(session, campaign, [CodeRequest(r.id, r.customer_id) for r in batch])
                assign(session, [r.id for r in batch], distribution.id, "Dashboard")
                session.commit()
            ours = people / (time.monotonic() - began)
        bare = _floor(engine, people)
        print(
            f"ledger: {people:,} codes, {ours:,.0f} a second reserved and assigned; floor {bare:,.0f} a second; ratio {ours / bare:.2f}",
            flush=True,
        )
        _made(engine, campaign, codes)
    finally:
        embedded.stop_postgres(where)
        shutil.rmtree(where, ignore_errors=True)


def _made(engine: Engine, campaign: uuid.UUID, codes: int) -> None:
    """Making codes in the slices of a job, against COPY of as many that were drawn before."""
    with Session(engine) as session:
        given = session.get_one(Campaign, campaign)
        pattern, charset = given.pattern, given.charset
    began = time.monotonic()
    for _ in range(0, codes, AT_ONCE):
        with Session(engine) as session:
            make(session, campaign, pattern, charset, min(AT_ONCE, codes))
            session.commit()
    ours = codes / (time.monotonic() - began)
    drawn = list(draw(pattern, charset, codes))
    with engine.connect() as own:
        own.execute(text("CREATE TABLE floor_codes (id uuid PRIMARY KEY DEFAULT largesse_uuid7(), code text UNIQUE)"))
        own.commit()
        began, driver = time.monotonic(), own.connection.driver_connection
        assert driver is not None
        with driver.cursor().copy("COPY floor_codes (code) FROM STDIN") as copy:
            for code in drawn:
                copy.write_row((code,))
        driver.commit()
    bare = codes / (time.monotonic() - began)
    print(f"codes: {codes:,} made, {ours:,.0f} a second; bare COPY {bare:,.0f} a second; ratio {ours / bare:.2f}", flush=True)


def _floor(engine: object, people: int) -> float:
    assert isinstance(engine, Engine)
    with engine.begin() as own:
        own.execute(text("CREATE TABLE floor AS SELECT id, false AS given FROM vouchers"))
        own.execute(text("CREATE TABLE floor_given (id uuid PRIMARY KEY, at timestamptz)"))
        own.execute(text("CREATE INDEX ON floor (id)"))
    began, after = time.monotonic(), "00000000-0000-0000-0000-000000000000"
    for _ in range(0, people, BATCH):
        with engine.begin() as own:
            after = own.execute(
                text("""
                    WITH mine AS (SELECT id FROM floor WHERE id > CAST(:after AS uuid) AND NOT given ORDER BY id LIMIT 1000 FOR UPDATE),
                    marked AS (UPDATE floor SET given = true FROM mine WHERE floor.id = mine.id RETURNING floor.id),
                    written AS (INSERT INTO floor_given SELECT id, now() FROM marked)
                    SELECT max(id::text) FROM mine
                """),
                {"after": after},
            ).scalar_one()
    return people / (time.monotonic() - began)
