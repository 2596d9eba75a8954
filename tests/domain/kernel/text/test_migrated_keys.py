"""Whether keys that were written before texts were folded alike are found afterwards."""

import uuid
from collections.abc import Iterator

import alembic.command
import alembic.script
import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from domain.kernel.text.folding import fold
from settings import driver_url
from workers.commands import prepare_database

STEP = "0022"


@pytest.fixture
def before(server_url: str) -> Iterator[Connection]:
    """A connection to a database that stands one step before."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(driver_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    url = make_url(driver_url(server_url)).set(database=name)
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        with create_engine(url, poolclass=NullPool).connect() as connection:
            config = prepare_database.config(connection)
            alembic.command.upgrade(config, alembic.script.ScriptDirectory.from_config(config).get_revision(STEP).down_revision)
            yield connection
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def test_what_was_there_is_found_by_its_new_key(before: Connection) -> None:
    for name, key in (("Zoe\u0308", "zoe\u0308"), ("Zoë", "zoë"), ("Straße", "straße")):
        before.execute(
            text("""INSERT INTO segments (id, name, name_key, kind, reads, depends_on, revision, synced_revision, sync, sync_done,
                        sync_total, sync_error, size, created_at, updated_at, updated_by, row_version)
                    VALUES (gen_random_uuid(), :name, :key, 'manual', '{}', '[]', 1, 1, 'synced', 0, 0, '', 0, now(), now(), '', 1)"""),
            {"name": name, "key": key},
        )

    alembic.command.upgrade(prepare_database.config(before), "head")

    keys = dict(before.execute(text("SELECT name, name_key FROM segments")).all())
    assert keys["Straße"] == fold("Straße")
    assert sorted([keys["Zoë"], keys["Zoe\u0308"]]) == sorted(["zoë", "zoe\u0308"]), "two that were different stay two"
