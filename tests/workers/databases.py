"""A database of its own for a test whose processes really commit: copied from a migrated one, dropped afterwards."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, make_url, text

from settings import driver_url

TEMPLATE = "largesse_template"


def renamed(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def copied(database_url: str, migrate: object) -> Iterator[str]:
    """The URL of a fresh copy. `migrate` is called with an engine when there is no template yet."""
    admin = create_engine(driver_url(database_url), isolation_level="AUTOCOMMIT")
    name = f"test_{uuid.uuid4().hex[:12]}"
    try:
        with admin.connect() as connection:
            found = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": TEMPLATE}).scalar()
            if not found:
                connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
                template = create_engine(driver_url(renamed(database_url, TEMPLATE)))
                migrate(template)  # type: ignore[operator]
                template.dispose()
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
        yield renamed(database_url, name)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        admin.dispose()


def migrate(engine: Engine) -> None:
    import alembic.command
    import alembic.config

    config = alembic.config.Config(toml_file="pyproject.toml")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        connection.commit()
