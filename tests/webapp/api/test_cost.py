"""What does a call cost? Few statements, and no row for which all callers of a key wait."""

import concurrent.futures
import datetime
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from domain.incentives.ledger.publish import publish
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.base import new_id
from domain.tables.customers import Customer
from domain.tables.workspace import ApiKey, Project
from domain.workspace.api_keys import authorize
from domain.workspace.api_keys.authorize import Shown
from domain.workspace.api_keys.create import Made, make
from domain.workspace.api_keys.limits import CallLimits
from tests.webapp.api.given import a_campaign, headers
from webapp import create_app
from webapp.database import db
from workers.session import driver_url


@pytest.fixture
def app(committed: Engine, database_url: str) -> Iterator[Flask]:
    """The application with sessions of its own, whose commits are commits."""
    app = create_app(SQLALCHEMY_DATABASE_URI=driver_url(database_url), WTF_CSRF_ENABLED=False, TESTING=True)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def shop(committed: Engine) -> Made:
    """A key, a customer with a code, and a project that says where it is reached."""
    with Session(committed, expire_on_commit=False) as session:
        now = clock.now(session)
        session.add(Project(id=1, public_url="https://go.example", updated_at=now))
        dina = Customer(id=new_id(), source_id="c1", typed_name="Dina", email="dina@okafor.example", created_at=now, updated_at=now)
        session.add(dina)
        session.flush()
        publish(session, a_campaign(session).id, dina.id, "news")
        made = make(session, SYSTEM, "Shop")
        session.commit()
        return made


def statements(app: Flask, method: str, path: str, **sent: Any) -> list[str]:
    """What the database is asked while this call is answered."""
    asked: list[str] = []

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        asked.append(re.sub(r"\s+", " ", statement)[:120])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        answer = app.test_client().open(path, method=method, **sent)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert answer.status_code == 200, answer.json
    return asked


@pytest.mark.parametrize("who", ["c1", "dina@okafor.example", {"source_id": "c1"}])
def test_asking_again_for_a_code_takes_six_statements_at_most(app: Flask, shop: Made, who: Any) -> None:
    body = {"campaign": "Autumn 15 %", "customer": who, "source_id": "news"}

    first, second = (statements(app, "POST", "/v1/publications", json=body, headers=headers(shop)) for _ in range(2))

    assert len(first) <= 6, first
    assert len(second) <= 5, second


def test_what_a_customer_can_redeem_takes_eight_statements_at_most(app: Flask, shop: Made) -> None:
    asked = [statements(app, "GET", "/v1/customers/c1/redeemables", headers=headers(shop)) for _ in range(2)]

    assert [len(one) <= 8 for one in asked] == [True, True], asked


def test_when_a_key_was_used_is_written_once_a_minute(app: Flask, shop: Made, committed: Engine) -> None:
    def used() -> Any:
        app.test_client().get("/v1/publications", headers=headers(shop))
        with Session(committed) as session:
            return session.get_one(ApiKey, shop.key.id).last_used_at

    first = used()
    assert first is not None
    assert [used() for _ in range(40)] == [first] * 40


def test_a_call_waits_for_no_row_that_another_caller_of_the_key_holds(app: Flask, shop: Made, committed: Engine) -> None:
    path = "/v1/customers/c1/redeemables"
    with Session(committed) as session:  # both calls within one minute
        clock.shift(session, datetime.timedelta(seconds=60 - clock.now(session).second))
        session.commit()
    assert app.test_client().get(path, headers=headers(shop)).status_code == 200

    with committed.begin() as other:
        other.execute(text("SELECT 1 FROM api_keys FOR UPDATE"))
        other.execute(text("SELECT 1 FROM api_key_windows FOR UPDATE"))
        with concurrent.futures.ThreadPoolExecutor(1) as caller:
            asked = caller.submit(lambda: app.test_client().get(path, headers=headers(shop)).status_code)
            assert asked.result(20) == 200


@pytest.mark.parametrize(("limit", "least"), [(1_000, 970), (150, 150), (7, 7)])
def test_a_limit_holds_over_processes_and_threads(committed: Engine, shop: Made, limit: int, least: int) -> None:
    """Three processes with four threads each ask half as often again as they may."""
    with Session(committed) as session:
        session.get_one(ApiKey, shop.key.id).per_minute = limit
        session.commit()
        caller = authorize.find(session, Shown(shop.token))
    assert caller is not None
    processes = [CallLimits() for _ in range(3)]

    def call(n: int) -> bool:
        with Session(committed) as session:
            taken = processes[n % 3].take(session, caller)
            session.commit()
            return taken.allowed

    with concurrent.futures.ThreadPoolExecutor(12) as callers:
        allowed = sum(callers.map(call, range(limit * 3 // 2)))

    assert least <= allowed <= limit
    with committed.connect() as connection:
        written = connection.scalar(text("SELECT taken FROM api_key_windows WHERE key_id = :key"), {"key": uuid.UUID(str(shop.key.id))})
        assert written is not None
        assert limit <= written <= limit + 3 * max(1, limit // 100)
