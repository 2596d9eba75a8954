"""Runs migrations on the database of the settings, or on the connection a caller hands over."""

from alembic import context
from sqlalchemy import Connection, create_engine

import settings
from domain.tables import metadata
from workers.session import driver_url


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_server_default=False)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with create_engine(driver_url(settings.current().database_url), hide_parameters=True).connect() as connection:
        _run(connection)
