"""Sessions that really commit, for what several transactions do at once; everything is emptied afterwards."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from domain.campaigns import claim

Maker = sessionmaker[Session]


@pytest.fixture
def committing(engine: Engine) -> Iterator[Maker]:
    yield sessionmaker(engine, expire_on_commit=False)
    with engine.begin() as connection:
        connection.execute(
            text("TRUNCATE campaigns, vouchers, publications, pool_deltas, pool_counts, recipients, events, dirty_customers, jobs CASCADE")
        )
    claim._last_claimed.clear()
