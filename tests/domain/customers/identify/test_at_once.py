"""However many callers name a new customer at the same moment, there is one: by the API, by the form, and beside an import."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.orm import Session

from domain.customers.identify.keys import of_facts
from domain.customers.imports import start
from domain.customers.imports.mapping import ImportSettings
from domain.customers.profiles import create, customer_input
from domain.journal import jobs
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import Refused
from domain.tables.customers import Customer, CustomerClaim
from domain.tables.incentives import Campaign, Voucher
from domain.tables.workspace import Project
from domain.workspace.api_keys.create import make
from settings import driver_url
from tests.cast import ANN
from tests.webapp.api.given import headers
from webapp import create_app
from webapp.database import db
from workers.queue.job_kinds import job_kind

AT_ONCE = 30
MAIL, PHONE = "new@x.example", "+447700900777"


@pytest.fixture
def many(committed: Engine) -> Iterator[Engine]:
    """A pool of connections for as many callers, and a project with a campaign of a hundred codes."""
    with Session(committed) as session:
        now = clock.now(session)
        session.add(Project(id=1, dial_code="GB", public_url="https://go.example", updated_at=now))
        campaign = Campaign(
            name="Autumn", name_key="autumn", join_once=False, discount={"type": "percent", "percent": 15}, currency="EUR",
            pattern="RYE-######", charset="ABCDEF23456789", created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        session.add_all(Voucher(campaign_id=campaign.id, code=f"AUT-{n}", created_at=now) for n in range(100))
        session.commit()
    engine = create_engine(committed.url, pool_size=AT_ONCE, max_overflow=0)
    yield engine
    engine.dispose()


def at_once(engine: Engine, do: Callable[[Session, int], Any], times: int = AT_ONCE) -> list[Any]:
    """What each of so many callers got, each in a transaction of its own."""

    def one(number: int) -> Any:
        with Session(engine) as session:
            got = do(session, number)
            session.commit()
            return got

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def people(engine: Engine) -> int:
    with Session(engine) as session:
        assert session.scalar(select(func.count(CustomerClaim.key))) == 0
        return session.scalar(select(func.count(Customer.id))) or 0


@pytest.mark.parametrize("who", [MAIL, {"source_id": "crm-1", "email": MAIL}, {"phone": PHONE}, PHONE])
def test_one_new_address_asked_for_a_code_many_times_at_once_is_one_customer(many: Engine, database_url: str, who: Any) -> None:
    app = create_app(SQLALCHEMY_DATABASE_URI=driver_url(database_url), WTF_CSRF_ENABLED=False, TESTING=True)
    with Session(many) as session:
        shop = headers(make(session, SYSTEM, "Shop", may_create_customers=True))
        session.commit()
    body = {"campaign": "Autumn", "customer": who, "source_id": "mail-1"}

    told = at_once(many, lambda session, number: app.test_client().post("/v1/publications", json=body, headers=shop))
    with app.app_context():
        db.engine.dispose()

    assert {answer.status_code for answer in told} == {200}
    assert people(many) == 1
    assert len({answer.json["id"] for answer in told}) == 1, "and one code"


def test_one_new_address_typed_many_times_at_once_is_one_customer(many: Engine) -> None:
    def add(session: Session, number: int) -> bool:
        try:
            create.add(session, ANN, customer_input.read(session, {"name": "New", "email": MAIL if number % 2 else MAIL.upper()}))
        except Refused:
            return False
        return True

    assert at_once(many, add).count(True) == 1
    assert people(many) == 1


def test_an_id_and_an_address_that_come_apart_become_one_customer(many: Engine) -> None:
    """Half of the callers know only the address, the others the owner's id, too."""

    def ask(session: Session, number: int) -> Any:
        given = customer_input.read(session, {"email": MAIL} | ({"source_id": "crm-1"} if number % 2 else {}))
        return create.identify(session, ANN, of_facts(given.columns), lambda: given, how="API").id

    assert len(set(at_once(many, ask))) == 1
    assert people(many) == 1


@pytest.mark.parametrize("lines", [1_500, pytest.param(10_000, marks=pytest.mark.long)])
def test_an_import_beside_callers_makes_nobody_twice(many: Engine, uploads: Any, lines: int) -> None:
    """With PostgreSQL's default of locks: a batch takes none per line."""
    content = "email,phone,first_name\n" + "".join(f"p{n}@x.example,+4477{n:08},P{n}\n" for n in range(lines))
    with Session(many) as session:
        file = start.upload(session, ANN, io.BytesIO(content.encode()), "people.csv")
        job = start.start(session, ANN, file, ImportSettings.from_json(file.reading)).id
        session.commit()
        locks = session.scalar(text("SELECT current_setting('max_locks_per_transaction')::int"))

    def bring(session: Session) -> None:
        while jobs.advance(session, job, job_kind):
            session.commit()

    def ask(session: Session, number: int) -> None:
        for n in range(number, lines, AT_ONCE):
            word = {"email": f"P{n}@X.example"} if n % 2 else {"phone": f"+4477{n:08}"}
            given = customer_input.read(session, word)
            create.identify(session, ANN, of_facts(given.columns), lambda given=given: given, how="API")
            session.commit()

    at_once(many, lambda session, number: ask(session, number) if number else bring(session), times=AT_ONCE)

    assert locks == 64
    assert people(many) == lines
    with Session(many) as session:
        assert session.get_one(jobs.Job, job).error == ""
