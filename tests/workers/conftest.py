"""What tests of workers stand on: a database of their own, and all processes of an installation in one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import logs
import settings
from domain.incentives.ledger import claim
from tests.servers import copied
from tests.workers.house import House
from workers import session as sessions


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    """Logs as processes write them: the colourful ones of a terminal take seconds for one traceback, while a transaction is open."""
    logs.begin("tests")


@pytest.fixture
def own_database(server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with copied(server_url) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("LARGESSE_DATA", str(tmp_path))
        monkeypatch.setenv("LARGESSE_WORKER_THREADS", "6")
        for cache in (settings.current, sessions.engine, sessions._maker):
            cache.cache_clear()
        yield url
        sessions.engine().dispose()
        for cache in (settings.current, sessions.engine, sessions._maker):
            cache.cache_clear()
        claim._last_claimed.clear()


@pytest.fixture
def house(own_database: str) -> Iterator[House]:
    with House() as house:
        yield house
