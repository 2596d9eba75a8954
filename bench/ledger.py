"""Codes alone: reserved and assigned against a floor that marks and writes rows; made, and written to a file, against COPY."""

import os
import tempfile
import uuid

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

import settings
from bench import crowd
from bench.compare import RUNS, Comparison, compare
from bench.cost import Cost, Watched
from bench.installation import postmaster, servers
from domain.incentives.codes.draw import AT_ONCE, make
from domain.incentives.codes.find import CodeFilter
from domain.incentives.codes.pattern import draw
from domain.incentives.ledger.assign import CodeRequest, assign, reserve
from domain.incentives.pool_files import write
from domain.kernel.actor import SYSTEM
from domain.sending.recipients import from_audience
from domain.tables.incentives import Campaign
from domain.tables.journal import Job
from tests.sending import codes_to_segment

BATCH = 1000


def ledger(people: int, runs: int = RUNS) -> Comparison:
    """Codes a second, reserved and assigned."""
    with servers() as (where, _, engine):
        watched = Watched(engine, postmaster(where))
        return compare("ledger", people, lambda: _floor(engine, watched, people), lambda: _given(engine, watched, people), runs)


def codes(count: int, runs: int = RUNS) -> Comparison:
    """Codes a second, made."""
    with servers() as (where, _, engine):
        watched = Watched(engine, postmaster(where))
        with Session(engine) as session:
            codes_to_segment(session, 1)
            campaign = session.execute(text("SELECT id FROM campaigns")).scalar_one()
            session.commit()
        return compare(
            "codes", count, lambda: _copied(engine, watched, campaign, count), lambda: _made(engine, watched, campaign, count), runs
        )


def export(count: int, runs: int = RUNS) -> Comparison:
    """Lines a second of the file of a pool, written by its job."""
    with servers() as (where, _, engine), tempfile.TemporaryDirectory() as data:
        watched = Watched(engine, postmaster(where))
        with Session(engine) as session:
            codes_to_segment(session, count)
            campaign = session.scalars(select(Campaign.id)).one()
            session.commit()
        os.environ["LARGESSE_DATA"] = data
        settings.current.cache_clear()
        try:
            return compare("export", count, lambda: _read(engine, watched), lambda: _written(engine, watched, campaign, count), runs)
        finally:
            os.environ.pop("LARGESSE_DATA")
            settings.current.cache_clear()


def _read(engine: Engine, watched: Watched) -> Cost:
    """COPY of the bare columns out of the database; no links, no addresses of pictures, nothing guarded or written to disk."""
    with watched.stretch(here=True) as cost, engine.begin() as own:
        driver = own.connection.driver_connection
        assert driver is not None
        with driver.cursor().copy("COPY (SELECT code, state, assigned_at, expires_at, redeemed FROM vouchers) TO STDOUT CSV") as copy:
            for _ in copy:
                pass
    return cost


def _written(engine: Engine, watched: Watched, campaign: uuid.UUID, count: int) -> Cost:
    with Session(engine) as session:
        job = write.ask(session, SYSTEM, session.get_one(Campaign, campaign), CodeFilter(), count).id
        session.commit()
    with watched.stretch(here=True) as cost:
        crowd.finish(engine, job)
    with Session(engine) as session:
        assert session.get_one(Job, job).done == count
    return cost


def _given(engine: Engine, watched: Watched, people: int) -> Cost:
    with Session(engine) as session:
        distribution = codes_to_segment(session, people)
        while from_audience.make_page(session, distribution.id):
            pass
        session.commit()
        plan = session.execute(
            text("SELECT plan FROM distribution_versions WHERE distribution_id = :id"), {"id": distribution.id}
        ).scalar_one()
        mine = text("SELECT id, customer_id FROM recipients WHERE distribution_id = :id ORDER BY id")
        rows = session.execute(mine, {"id": distribution.id}).all()
        session.execute(text("ANALYZE"))
        session.commit()
        with watched.stretch(here=True) as cost:
            for at in range(0, people, BATCH):
                batch = rows[at : at + BATCH]
                reserve(session, uuid.UUID(plan["campaign_id"]), [CodeRequest(r.id, r.customer_id) for r in batch])
                assign(session, [r.id for r in batch], distribution.id, "Dashboard")
                session.commit()
    return cost


def _floor(engine: Engine, watched: Watched, people: int) -> Cost:
    with engine.begin() as own:
        own.execute(text("DROP TABLE IF EXISTS floor, floor_given"))
        own.execute(text("CREATE TABLE floor AS SELECT largesse_uuid7() AS id, false AS given FROM generate_series(1, :n)"), {"n": people})
        own.execute(text("CREATE TABLE floor_given (id uuid PRIMARY KEY, at timestamptz)"))
        own.execute(text("CREATE INDEX ON floor (id)"))
    after = "00000000-0000-0000-0000-000000000000"
    with watched.stretch(here=True) as cost:
        for _ in range(0, people, BATCH):
            with engine.begin() as own:
                after = own.execute(
                    text("""
                        WITH mine AS (
                            SELECT id FROM floor WHERE id > CAST(:after AS uuid) AND NOT given ORDER BY id LIMIT 1000 FOR UPDATE),
                        marked AS (UPDATE floor SET given = true FROM mine WHERE floor.id = mine.id RETURNING floor.id),
                        written AS (INSERT INTO floor_given SELECT id, now() FROM marked)
                        SELECT max(id::text) FROM mine
                    """),
                    {"after": after},
                ).scalar_one()
    return cost


def _made(engine: Engine, watched: Watched, campaign: uuid.UUID, count: int) -> Cost:
    """Making codes in the slices of a job."""
    with Session(engine) as session:
        given = session.get_one(Campaign, campaign)
        pattern, charset = given.pattern, given.charset
    with watched.stretch(here=True) as cost:
        for at in range(0, count, AT_ONCE):
            with Session(engine) as session:
                make(session, campaign, pattern, charset, min(AT_ONCE, count - at))
                session.commit()
    return cost


def _copied(engine: Engine, watched: Watched, campaign: uuid.UUID, count: int) -> Cost:
    """COPY of as many that were drawn before, into a table with the two indexes that cannot be avoided."""
    with Session(engine) as session:
        given = session.get_one(Campaign, campaign)
        drawn = list(draw(given.pattern, given.charset, count))
    with engine.begin() as own:
        own.execute(text("DROP TABLE IF EXISTS floor_codes"))
        own.execute(text("CREATE TABLE floor_codes (id uuid PRIMARY KEY DEFAULT largesse_uuid7(), code text UNIQUE)"))
    with watched.stretch(here=True) as cost, engine.begin() as own:
        driver = own.connection.driver_connection
        assert driver is not None
        with driver.cursor().copy("COPY floor_codes (code) FROM STDIN") as copy:
            for code in drawn:
                copy.write_row((code,))
    return cost
