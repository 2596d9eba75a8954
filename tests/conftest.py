"""What every test stands on: a real PostgreSQL, made once a run, and a session whose work is undone after each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.orm import Session

ROOT = Path(__file__).parent.parent
os.environ.setdefault("LARGESSE_SECRET_KEYS", "key-of-the-tests")
os.environ["BROKER_URL"] = "stub://"
os.environ["LARGESSE_ALLOW_PRIVATE"] = "127.0.0.0/8"

from workers import embedded  # noqa: E402
from workers.session import driver_url  # noqa: E402


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A migrated, empty database on a server of its own. TEST_DATABASE_URL names another server to use."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    where = Path(tempfile.mkdtemp(prefix="largesse-test-", dir="/tmp"))
    where.chmod(0o755)
    url = embedded.start_postgres(where, "-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off", "-c max_connections=200")
    try:
        yield url
    finally:
        embedded.stop_postgres(where)
        shutil.rmtree(where, ignore_errors=True)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(driver_url(database_url))
    config = alembic.config.Config(toml_file=str(ROOT / "pyproject.toml"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        connection.commit()
    yield engine
    engine.dispose()


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
