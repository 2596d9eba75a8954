"""The server that tests share: runs do not disturb each other, and nothing stale is used or left."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from settings import driver_url
from tests import servers


def ask(url: str, *statements: str) -> list[str]:
    """The first column of the last statement's answer."""
    engine = create_engine(driver_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements[:-1]:
            connection.execute(text(statement))
        return [str(value) for value in connection.execute(text(statements[-1])).scalars()]


def test_two_runs_on_one_server_do_not_see_each_other(server_url: str) -> None:
    with servers.copied(server_url) as mine, servers.copied(server_url) as yours:
        ask(mine, "CREATE TABLE mark (id int)", "SELECT 1")

        assert ask(mine, "SELECT to_regclass('mark') IS NOT NULL") == ["True"]
        assert ask(yours, "SELECT to_regclass('mark') IS NOT NULL") == ["False"]
        assert ask(yours, "SELECT version_num FROM alembic_version") == ask(mine, "SELECT version_num FROM alembic_version")


def test_a_changed_migration_makes_another_template(tmp_path: Path) -> None:
    (tmp_path / "0001_first.py").write_text("one = 1\n")
    before = servers.template_name(tmp_path)
    (tmp_path / "0001_first.py").write_text("one = 2\n")

    assert servers.template_name(tmp_path) != before


def test_databases_of_killed_runs_and_of_old_migrations_are_dropped_and_no_others() -> None:
    killed = subprocess.Popen((sys.executable, "-c", ""))
    killed.wait()
    left = (f"test_{killed.pid}_0a", "template_0a0a0a0a0a0a", "template_0a0a0a0a0a0a_making")
    with servers.fresh() as url, servers.copied(url):
        before = ask(url, "SELECT datname FROM pg_database ORDER BY 1")
        for name in left:
            ask(url, f"CREATE DATABASE {name}", "SELECT 1")

        servers.drop_leftovers(url)

        assert ask(url, "SELECT datname FROM pg_database ORDER BY 1") == before
