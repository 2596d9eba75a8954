"""What every test stands on: a database of its run on a real PostgreSQL, and a session whose work is undone after each test."""

import importlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session

ROOT = Path(__file__).parent.parent
os.environ.setdefault("LARGESSE_SECRET_KEYS", "key-of-the-tests")
os.environ["BROKER_URL"] = "stub://"
os.environ["LARGESSE_ALLOW_PRIVATE"] = "127.0.0.0/8"

import settings  # noqa: E402 - after what must be set first
from domain.tables import metadata  # noqa: E402 - after what must be set first
from tests import servers  # noqa: E402 - after what must be set first
from tests import sink as sinks  # noqa: E402 - after what must be set first
from workers.processes import embedded  # noqa: E402 - after what must be set first
from workers.session import driver_url  # noqa: E402 - after what must be set first


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A server to make databases on: TEST_DATABASE_URL, or the one of `make test-server`, or one of this run."""
    with servers.server() as url:
        yield url


@pytest.fixture(scope="session")
def locale(request: pytest.FixtureRequest) -> str:
    """How the database of a test sorts; tests that are marked `every_locale` run with each row of `servers.LOCALES`."""
    return str(getattr(request, "param", "C"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask what is marked so on a database of a language's order, too."""
    if metafunc.definition.get_closest_marker("every_locale") and "locale" in metafunc.fixturenames:
        metafunc.parametrize("locale", servers.LOCALES, indirect=True, scope="session")


@pytest.fixture(scope="session")
def database_url(server_url: str, locale: str) -> Iterator[str]:
    """A migrated, empty database."""
    try:
        with servers.copied(server_url, locale) as url:
            yield url
    except servers.NoSuchLocale as why:
        pytest.skip(f"locale {locale} left out: {why}")


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(driver_url(database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def committed(engine: Engine) -> Iterator[Engine]:
    """For tests whose transactions really commit: the same database, emptied afterwards to the last table."""
    yield engine
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} CASCADE"))


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """One connection, one transaction; rolled back at the end, whatever was committed inside."""
    with engine.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session inside that transaction; its commits are savepoints."""
    with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a real Valkey, one a run. TEST_BROKER_URL names another Redis to use."""
    given = os.environ.get("TEST_BROKER_URL")
    if given:
        yield given
        return
    where = Path(tempfile.mkdtemp(prefix="largesse-test-", dir="/tmp"))
    server = subprocess.Popen(embedded.valkey_command(where), stdout=subprocess.DEVNULL)
    try:
        embedded.wait_for(lambda: embedded.valkey_answers(where), "Valkey")
        yield embedded.valkey_url(where)
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(where, ignore_errors=True)


@pytest.fixture
def broker_url(valkey: str) -> str:
    """That Valkey, emptied."""
    import redis

    redis.Redis.from_url(valkey).flushall()
    return valkey


@pytest.fixture
def sink() -> Iterator[sinks.Sink]:
    """A mail server on loopback that keeps what it is given; see tests/sink.py for how it misbehaves on request."""
    with sinks.Running() as sink:
        yield sink


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="write docs/screenshots while walking through the app")
    parser.addoption("--wheel", default="", help="the wheel that tests/packaging/test_wheel.py installs and starts")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where a machine judges (CI), journeys that were left out for want of a browser are no success."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    left_out = [r for r in reporter.stats.get("skipped", ()) if "journey left out" in str(r.longrepr)] if reporter else []
    if left_out and settings.current().ci and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every journey that was left out."""
    for report in terminalreporter.stats.get("skipped", ()):
        if "journey left out" in str(report.longrepr):
            terminalreporter.write_line(f"LEFT OUT (no Chromium): {report.nodeid}", yellow=True)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A platform of the tests' own, standing beside the other providers."""
    from integrations import catalogue
    from integrations import providers as providers_folder

    monkeypatch.setattr(providers_folder, "__path__", [*providers_folder.__path__, str(Path(__file__).parent / "platform")])
    caches = (catalogue.keys, catalogue.provider)
    for cache in caches:
        cache.cache_clear()
    module = importlib.import_module(f"{providers_folder.__name__}.cloud")
    module.forget()
    yield module
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def more_triggers(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Triggers of the tests' own, standing beside those of the house (tests/triggers); the catalogue that finds them all."""
    from domain import triggers
    from domain.triggers import catalogue

    ours, theirs = Path(triggers.__path__[0]), Path(__file__).parent / "triggers"
    monkeypatch.setattr(triggers, "__path__", [*triggers.__path__, str(theirs)])
    for room in (room for room in theirs.iterdir() if (ours / room.name).is_dir()):
        face = importlib.import_module(f"{triggers.__name__}.{room.name}")
        monkeypatch.setattr(face, "__path__", [*face.__path__, str(room)])
    catalogue.forget()
    yield catalogue
    catalogue.forget()
