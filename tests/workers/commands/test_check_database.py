"""Databases on which Largesse cannot work, or that no longer sort as they did: named at the start, with what to do."""

import uuid
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import NullPool, create_engine, make_url, text

import largesse
import settings
from settings import driver_url
from workers.commands.check_database import Finding, findings

UTF8 = "ENCODING 'UTF8'"


@pytest.fixture
def made(server_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database, made with the options of the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with create_engine(driver_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as admin:
        admin.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 {request.param}"))
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        admin.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def found(url: str, before: str = "SELECT 1") -> list[Finding]:
    with create_engine(driver_url(url), poolclass=NullPool).connect() as connection:
        connection.execute(text(before))
        return findings(connection)


@pytest.mark.parametrize("made", [UTF8], indirect=True)
def test_an_ordinary_database_is_in_order(made: str) -> None:
    assert found(made) == []


@pytest.mark.parametrize("made", ["ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"], indirect=True)
def test_another_encoding_than_utf8_is_refused_before_anything_is_written(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", made)
    settings.current.cache_clear()

    done = CliRunner().invoke(largesse.main, ["migrate"])

    settings.current.cache_clear()
    assert done.exit_code == 1
    assert "SQL_ASCII" in done.output
    assert "ENCODING 'UTF8'" in done.output
    with create_engine(driver_url(made), poolclass=NullPool, connect_args={"client_encoding": "utf8"}).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar() == 0


@pytest.mark.parametrize("made", [UTF8], indirect=True)
def test_a_collation_of_another_version_is_named_with_what_to_do(made: str) -> None:
    older = "UPDATE pg_database SET datcollversion = '0' WHERE datname = current_database()"
    [finding] = found(made, older)

    assert not finding.fatal
    assert "version 0 of its collation" in finding.words
    assert "REFRESH COLLATION VERSION" in finding.remedy


@pytest.mark.parametrize("made", [UTF8], indirect=True)
def test_a_replica_is_refused(made: str) -> None:
    [finding] = found(made, "SET default_transaction_read_only = on")

    assert finding.fatal
    assert "only be read" in finding.words
