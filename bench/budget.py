"""What does each person of a run cost in rows, statements, commits, index entries and WAL? Counted, so that a busy machine changes nothing.

A run in this process, with what it costs once (its looks at an idle channel, the end) shared by all its batches.
"""

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

import settings
from domain.kernel import secrets
from tests.faults.standin import standing_in
from tests.sending import WORDS, a_connection, codes_to_segment
from workers.queue import actors
from workers.session import engine as workers_engine

BATCH = 1000
PEOPLE = 6 * BATCH
_ROWS = text("SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del FROM pg_stat_user_tables")
_INDEXES = text("""
    SELECT c.relname AS at, i.indpred IS NOT NULL AS partial, pg_relation_size(i.indexrelid) AS size, i.indexrelid
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace
""")
_WAL = text("""
    SELECT coalesce(sum(w.wal_bytes), 0) FROM pg_stat_activity a, pg_stat_get_backend_wal(a.pid) w WHERE a.datname = current_database()
""")
_WAL_OF_ALL = text("SELECT pg_current_wal_insert_lsn() - CAST('0/0' AS pg_lsn)")
"""Before PostgreSQL 18 only the whole server's is known: right where nothing else runs on it."""


@dataclass(frozen=True)
class Budget:
    """Per person; statements and commits per batch of a thousand."""

    inserts: float
    updates: float
    hot: float
    """Of the updates, those that touched no index."""
    deletes: float
    index_entries: float
    """Of inserts and of updates that are not HOT: one for each index of the table, where a partial index counts if it grew."""
    statements: float
    commits: float
    wal: float
    """Bytes."""

    def words(self) -> str:
        """For people."""
        return (
            f"each person: {self.inserts:.2f} inserts, {self.updates:.2f} updates ({self.hot:.2f} HOT), {self.deletes:.2f} deletes, "
            f"{self.index_entries:.1f} index entries, {self.wal:,.0f} B of WAL; "
            f"each batch of {BATCH:,}: {self.statements:.0f} statements, {self.commits:.1f} commits"
        )


@dataclass
class _Seen:
    """Counters as they stand."""

    rows: dict[str, tuple[int, int, int, int]]
    indexes: dict[int, tuple[str, bool, int]]
    asked: Counter[str]
    wal: int


@contextmanager
def _counting(engine: Engine) -> Iterator[Counter[str]]:
    asked: Counter[str] = Counter()

    def statement(*_: object) -> None:
        asked["statements"] += 1

    def commit(_: Connection) -> None:
        asked["commits"] += 1

    for name, heard in (("before_cursor_execute", statement), ("savepoint", statement), ("commit", commit)):
        event.listen(engine, name, heard)
    try:
        yield asked
    finally:
        for name, heard in (("before_cursor_execute", statement), ("savepoint", statement), ("commit", commit)):
            event.remove(engine, name, heard)


def _look(engine: Engine, asked: Counter[str]) -> _Seen:
    """Read the counters, after every connection of the pool has told its own."""
    counted = Counter(asked)
    open_ones = [engine.connect() for _ in range(max(engine.pool.checkedin(), 1))]  # type: ignore[attr-defined] # the pool of an engine made by a URL counts
    for own in open_ones:
        own.execute(text("SELECT pg_stat_force_next_flush()"))
        own.rollback()
    for own in open_ones:
        own.close()
    with engine.connect() as own:
        rows = {row.relname: (row.n_tup_ins, row.n_tup_upd, row.n_tup_hot_upd, row.n_tup_del) for row in own.execute(_ROWS)}
        indexes = {row.indexrelid: (row.at, row.partial, row.size) for row in own.execute(_INDEXES)}
        known = own.execute(text("SELECT current_setting('server_version_num')::int >= 180000")).scalar_one()
        wal = int(own.execute(_WAL if known else _WAL_OF_ALL).scalar_one())
    return _Seen(rows, indexes, counted, wal)


def _scene(url: str, people: int) -> uuid.UUID:
    with Session(workers_engine()) as session:
        config = {"region": "other", "api": url}
        connection = a_connection(session, "sendgrid", config=config, secrets=secrets.encrypt({"api_key": "SG.abcdefgh"}))
        parts = {**WORDS, "from_email": "hello@maple.example"}
        made = codes_to_segment(session, people, connection=connection, mode="mail", parts=parts).id
        session.commit()
    with workers_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text("VACUUM ANALYZE"))
    return made


def _run(url: str, people: int) -> Counter[str]:
    """Everything that a run of so many costs."""
    engine, id = workers_engine(), _scene(url, people)
    with _counting(engine) as asked:
        before = _look(engine, asked)
        actors.do("distribution", str(id), "bulk")
        after = _look(engine, asked)
    with engine.connect() as own:
        served = own.execute(
            text("SELECT count(*) FROM recipients WHERE distribution_id = :id AND state = 'served'"), {"id": id}
        ).scalar_one()
    assert served == people, f"{served} of {people} were served"
    cost: Counter[str] = after.asked - before.asked
    grown = {id for id, (_, _, size) in after.indexes.items() if size > before.indexes[id][2]}
    for table, numbers in after.rows.items():
        inserts, updates, hot, deletes = (now - then for now, then in zip(numbers, before.rows[table], strict=True))
        indexes = sum(1 for id, (at, partial, _) in after.indexes.items() if at == table and (not partial or id in grown))
        cost.update(inserts=inserts, updates=updates, hot=hot, deletes=deletes, index_entries=(inserts + updates - hot) * indexes)
    cost["wal"] = after.wal - before.wal
    return cost


def measure() -> Budget:
    """The budget of a run over SendGrid, on the database that workers of this process use."""
    with standing_in(0.0) as standin:
        _run(standin.url, BATCH)  # the process has imported everything, and statements are prepared
        cost = _run(standin.url, PEOPLE)
    shared = {"statements": PEOPLE / BATCH, "commits": PEOPLE / BATCH}
    return Budget(**{name: cost[name] / shared.get(name, PEOPLE) for name in Budget.__annotations__})


def show(_people: int = 0) -> None:
    """Print it, measured on servers of its own."""
    from bench.installation import servers

    with servers() as (_, url, _engine):
        os.environ |= {"DATABASE_URL": url, "BROKER_URL": "stub://", "LARGESSE_ALLOW_PRIVATE": "127.0.0.0/8"}
        for cache in (settings.current, workers_engine):
            cache.cache_clear()
        print(f"budget, {measure().words()}", flush=True)
        workers_engine().dispose()
    for name in ("DATABASE_URL", "BROKER_URL"):
        os.environ.pop(name)
    for cache in (settings.current, workers_engine):
        cache.cache_clear()
