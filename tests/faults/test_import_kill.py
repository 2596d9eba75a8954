"""A worker that imports customers is killed again and again in the middle of its work: nobody is lost, nobody comes twice."""

import io
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

import settings
from domain.customers.imports import start
from domain.customers.imports.mapping import ImportSettings
from domain.kernel import clock
from domain.tables.journal import Job
from domain.tables.workspace import Project
from settings import driver_url
from tests.cast import ANN
from tests.conftest import ROOT
from tests.servers import copied

pytestmark = pytest.mark.kill

LINES = 20_000
WORKER = """
import sys, uuid
from domain.customers.imports import run
from domain.customers.imports.merging import steps
run.READ, steps.MOST = 400, 300
from domain.journal import jobs
from workers.queue.job_kinds import job_kind
from workers.session import transaction
more = True
while more:
    with transaction() as session:
        more = jobs.advance(session, uuid.UUID(sys.argv[1]), job_kind)
"""


@pytest.fixture
def own(server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database of its own on the tests' server: what is committed here disturbs nobody."""
    monkeypatch.setenv("LARGESSE_DATA", str(tmp_path))
    settings.current.cache_clear()
    with copied(server_url) as url:
        own = create_engine(driver_url(url))
        yield own
        own.dispose()
    settings.current.cache_clear()


def test_an_import_killed_anywhere_brings_everybody_once(own: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"{n},c{n}@example.com,{n}\n" for n in range(LINES))
    with Session(own, expire_on_commit=False) as session:
        session.add(Project(id=1, updated_at=clock.now(session)))
        file = start.upload(session, ANN, io.BytesIO(f"id,email,spend\n{lines}7,again@example.com,1\n,,5\n".encode()), "many.csv")
        job = start.start(session, ANN, file, ImportSettings.from_json(file.reading))
        session.commit()
    environment = os.environ | {"DATABASE_URL": own.url.render_as_string(hide_password=False)}
    dice, killed = random.Random(7), 0

    while True:
        worker = subprocess.Popen([sys.executable, "-c", WORKER, str(job.id)], cwd=ROOT, env=environment)
        try:
            assert worker.wait(timeout=None if killed >= 8 else dice.uniform(0.8, 1.6)) == 0
            break
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
            killed += 1

    assert killed > 1
    with Session(own) as session:
        done = session.get_one(Job, job.id)
        assert (done.state, done.error) == ("done", "")
        assert done.report == {"read": LINES + 2, "created": LINES, "changed": 0, "same": 0, "left_out": 2, "notes": 0}
        for table in ("customers", "dirty_customers", "events"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == LINES, table
        assert session.scalar(text("SELECT count(DISTINCT source_id) FROM customers")) == LINES
        assert session.scalar(text("SELECT count(*) FROM import_remarks")) == 2
