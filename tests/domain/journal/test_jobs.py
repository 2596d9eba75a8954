"""Long work and whoever stops it: what has ended stays as it ended."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.journal import jobs
from domain.tables.journal import Job
from tests.servers import somebody_waits


def test_a_job_that_ends_while_somebody_cancels_it_stays_done(committed: Engine) -> None:
    with Session(committed) as session:
        id = jobs.start(session, "sweep", "Sweeping").id
        session.commit()

    def cancel() -> None:
        with Session(committed) as person:
            jobs.cancel(person, id)
            person.commit()

    with Session(committed) as worker, ThreadPoolExecutor(1) as pool:
        assert not jobs.advance(worker, id, lambda kind: jobs.JobKind(lambda session, job: True))
        worker.flush()
        person = pool.submit(cancel)
        while not somebody_waits(committed):
            assert not person.done()
        worker.commit()
        person.result(timeout=60)

    with Session(committed) as session:
        assert session.get_one(Job, id).state == "done"


def test_an_open_job_is_canceled(session: Session) -> None:
    job = jobs.start(session, "sweep", "Sweeping")

    jobs.cancel(session, job.id)

    assert (job.state, job.ended_at is None) == ("canceled", False)
    assert not jobs.advance(session, job.id, lambda kind: jobs.JobKind(lambda session, job: True))
