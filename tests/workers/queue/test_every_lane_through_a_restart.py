"""PostgreSQL is restarted in the middle of a batch, asked of every lane: everything is served in the end, and nothing is called broken."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from settings import driver_url
from tests import servers
from tests.workers.house import House
from tests.workers.queue.faults import broken, fault, number, work
from tests.workers.queue.lanes import SCENES
from workers.processes import embedded

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A server of this module's own, for the others would not like it."""
    with servers.fresh() as url:
        yield url


def restart(url: str) -> None:
    where = Path(str(make_url(url).query["host"]))
    embedded.stop_postgres(where)
    embedded.start_postgres(where, *servers.OPTIONS)


def restart_in_the_middle(url: str, enough: threading.Event) -> None:
    """Wait until a statement of the lane stands still at the fault, and restart the server."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.connect() as watching:
        standing = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database())")
        while not watching.execute(standing).scalar_one():
            watching.rollback()
            if enough.wait(0.02):
                return
    restart(url)


@pytest.mark.parametrize("name", SCENES)
def test_a_restart_in_the_middle_of_a_batch_breaks_nothing(more_triggers: ModuleType, house: House, own_database: str, name: str) -> None:
    with house.session() as session:
        scene = SCENES[name][1](session)
        began = session.execute(text("SELECT pg_postmaster_start_time()")).scalar_one()
    fault(house, scene, f"IF pg_postmaster_start_time() = '{began.isoformat()}' THEN PERFORM pg_sleep(60); END IF")
    enough = threading.Event()
    watching = threading.Thread(target=restart_in_the_middle, args=(own_database, enough))
    watching.start()

    for _ in range(10):
        with contextlib.suppress(DBAPIError):
            work(house, scene)
            if number(house, scene.served) == 3:
                break
        watching.join(5)
    enough.set()
    watching.join()

    with house.session() as session:
        assert session.execute(text("SELECT pg_postmaster_start_time()")).scalar_one() > began, "it was never in the middle"
    assert number(house, scene.served) == 3
    assert broken(house) == []
