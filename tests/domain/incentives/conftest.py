"""Sessions that really commit, for what several transactions do at once; everything is emptied afterwards."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from domain.incentives.ledger import claim

Maker = sessionmaker[Session]


@pytest.fixture
def committing(committed: Engine) -> Iterator[Maker]:
    yield sessionmaker(committed, expire_on_commit=False)
    claim._last_claimed.clear()
