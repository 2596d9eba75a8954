"""Who decides about a file, and the job that reads it, never wait for each other: one of them would be cut off."""

import io

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from domain.customers.imports import start
from domain.kernel import clock
from domain.tables.imports import ImportRemark
from domain.tables.workspace import Project
from tests.cast import ANN


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
