"""A claim stays a walk along an index with a limit, also where the planner believes that the table is empty; and nothing takes for ever."""

import json
import re
import time
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from domain.customers.membership import refresh
from domain.incentives.codes import pool
from domain.sending.receipts import apply
from domain.sending.recipients import from_event
from domain.sending.states import tallies
from tests.sending import a_campaign, a_connection, a_project
from tests.workers.house import House
from workers import session as sessions
from workers.session import LIMITS, STEP, transaction

MANY = 100_000
FILL = {
    "tally_deltas": "INSERT INTO tally_deltas (distribution_id, channel, state, reason, minute, delta) SELECT gen_random_uuid(), 'c1', 'sent', '', now(), 1",  # noqa: E501 - one statement
    "pool_deltas": "INSERT INTO pool_deltas (campaign_id, state, delta) SELECT (SELECT id FROM campaigns), 'free', 1",
    "dirty_customers": "INSERT INTO dirty_customers (customer_id, facts, depth, silent, lane) SELECT gen_random_uuid(), '{*}', 0, true, 'bulk'",  # noqa: E501 - one statement
    "raw_receipts": "INSERT INTO raw_receipts (id, connection_id, headers, body, state, reason, created_at) SELECT largesse_uuid7(), (SELECT id FROM connections), '{}', '', 'pending', '', now()",  # noqa: E501 - one statement
}
CLAIMS: dict[str, Any] = {
    "tally_deltas": tallies.fold,
    "pool_deltas": pool.fold,
    "dirty_customers": refresh.work_on_many,
    "raw_receipts": apply.apply_waiting,
}


@pytest.mark.parametrize("table", CLAIMS)
def test_a_claim_with_stale_statistics_walks_an_index_and_stops_at_its_limit(house: House, table: str) -> None:
    said: list[tuple[str, Any]] = []
    with house.session() as session:
        a_project(session)
        a_campaign(session, 0)
        a_connection(session)
        session.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = false)"))
        session.execute(text(f"DELETE FROM {table}"))
    with house.session() as session:
        session.execute(text(f"ANALYZE {table}, broken_work"))
        session.execute(text(f"{FILL[table]} FROM generate_series(1, {MANY})"))

    event.listen(sessions.engine(), "before_cursor_execute", listener := lambda *a: said.append((a[2], a[3])))
    with house.session() as session:
        began = time.monotonic()
        CLAIMS[table](session)
        took = time.monotonic() - began
    event.remove(sessions.engine(), "before_cursor_execute", listener)

    claim, values = next((sql, given) for sql, given in said if re.search(r"SKIP LOCKED", sql))
    with sessions.engine().connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {claim}", values).scalar_one()
    plan = json.dumps(found)
    assert took < 20, "seconds; quadratic claims took a quarter of an hour"
    assert '"Limit"' in plan
    assert not re.search(r'"Seq Scan"[^{}]*"Relation Name": "' + table, plan), plan


def test_events_are_claimed_along_their_key(house: House) -> None:
    with house.session() as session:
        session.execute(text("ALTER TABLE event_work DROP CONSTRAINT fk_event_work_event_id"))
        session.execute(text("ANALYZE event_work"))
        session.execute(text(f"INSERT INTO event_work SELECT gen_random_uuid(), 'trigger' FROM generate_series(1, {MANY})"))
        plan = "\n".join(session.scalars(text(f"EXPLAIN {from_event._CLAIM.text.replace(':limit', '1000')}")))

    assert "Index" in plan
    assert "Seq Scan on event_work" not in plan


def test_every_connection_of_a_worker_has_its_limits_and_long_work_longer_ones(house: House) -> None:
    with transaction() as session:
        assert session.scalar(text("SHOW statement_timeout")) == "1min"
        for name in LIMITS:
            assert session.scalar(text(f"SHOW {name}")) != "0"
    with transaction(STEP) as session:
        assert session.scalar(text("SHOW statement_timeout")) == "5min"
    with transaction() as session:
        assert session.scalar(text("SHOW statement_timeout")) == "1min"
    with pytest.raises(OperationalError, match="statement timeout"), transaction("50ms") as session:
        session.execute(text("SELECT pg_sleep(5)"))


def test_queues_are_vacuumed_by_settings_of_their_own(house: House) -> None:
    queues = (
        "dirty_customers",
        "event_work",
        "raw_receipts",
        "tally_deltas",
        "pool_deltas",
        "segment_size_deltas",
        "delivery_claims",
        "letters",
        "outgoing_webhooks",
    )
    with house.session() as session:
        options = dict(iter(session.execute(text("SELECT relname, reloptions::text FROM pg_class WHERE relkind = 'r'"))))

    assert [table for table in queues if "autovacuum_vacuum_threshold" not in (options[table] or "")] == []
