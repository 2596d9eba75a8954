"""Who decides about a file, and the job that reads it, never wait for each other: one of them would be cut off."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from domain.customers.imports import start
from domain.customers.imports.mapping import ImportSettings
from domain.kernel import clock
from domain.tables.imports import Import, ImportRemark
from domain.tables.journal import Job
from domain.tables.workspace import Project
from tests.cast import ANN
from tests.servers import somebody_waits


@pytest.mark.usefixtures("uploads")
def test_remarks_are_written_while_somebody_decides_about_the_file(committed: Engine) -> None:
    with Session(committed) as session:
        session.add(Project(id=1, dial_code="GB", updated_at=clock.now(session)))
        id = start.upload(session, ANN, io.BytesIO(b"id,name\n1,Dina\n"), "customers.csv").id
        session.commit()

    with Session(committed) as person, Session(committed) as worker:
        assert start.with_id(person, id) is not None
        worker.execute(text("SET LOCAL lock_timeout = '5s'"))
        worker.add(ImportRemark(import_id=id, line=1, left_out=False, text="Read with care."))
        worker.commit()


@pytest.mark.usefixtures("uploads")
def test_a_step_writes_to_its_file_while_somebody_begins_to_decide_about_it(committed: Engine) -> None:
    with Session(committed) as session:
        session.add(Project(id=1, dial_code="GB", updated_at=clock.now(session)))
        file = start.upload(session, ANN, io.BytesIO(b"id,name\n1,Dina\n"), "customers.csv")
        id, job = file.id, start.check(session, ANN, file, ImportSettings.from_json(file.reading)).id
        session.commit()

    def decide() -> None:
        with Session(committed) as person:
            file = start.with_id(person, id)
            assert file is not None
            start.discard(person, ANN, file)
            person.commit()

    with Session(committed) as worker, ThreadPoolExecutor(1) as pool:
        assert worker.get(Job, job, with_for_update={"key_share": True}) is not None
        person = pool.submit(decide)
        while not somebody_waits(committed):
            assert not person.done()
        worker.get_one(Import, id).findings = {}
        worker.commit()
        person.result(timeout=60)


@pytest.mark.usefixtures("uploads")
def test_a_check_that_begins_meanwhile_is_waited_for_too(committed: Engine) -> None:
    with Session(committed) as session:
        session.add(Project(id=1, dial_code="GB", updated_at=clock.now(session)))
        id = start.upload(session, ANN, io.BytesIO(b"id,name\n1,Dina\n"), "customers.csv").id
        session.commit()

    with Session(committed) as other, Session(committed) as person, Session(committed) as worker, ThreadPoolExecutor(1) as pool:
        file = start.with_id(other, id)
        assert file is not None
        job = start.check(other, ANN, file, ImportSettings.from_json(file.reading)).id
        decides = pool.submit(start.with_id, person, id)
        while not somebody_waits(committed):
            assert not decides.done()
        other.commit()

        found = decides.result(timeout=60)

        assert found is not None
        assert found.check_id == job
        free = select(Job.id).where(Job.id == job).with_for_update(key_share=True, skip_locked=True)
        assert worker.scalars(free).all() == []
