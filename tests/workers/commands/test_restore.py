"""A restored backup says of people that they wait who were written to already: nobody is written to twice, and people are asked."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import settings
from domain.distributions.control import guard
from domain.distributions.control.resume import resume
from domain.journal import outgoing_mail
from domain.workspace.project import database_mark
from tests.cast import ANN
from tests.sending import codes_to_segment
from tests.workers.house import House
from workers.commands import backup
from workers.processes import embedded
from workers.session import engine


@pytest.fixture
def half_sent(house: House, tmp_path: Path) -> Path:
    """A backup of the moment before a run; since then half of its people were written to, and the clock has ticked on."""
    with house.session() as session:
        codes_to_segment(session, people=4)
        outgoing_mail.write(session, "invite", "cy@maple.example", "Come in", "Here.")
    with house.session() as session:
        guard.recognise(session)
    with house.session() as session:
        guard.recognise(session)
    assert database_mark.file_of_mark().exists()
    file = tmp_path / "before.dump"
    backup.save(file)
    with house.session() as session:
        session.execute(text("INSERT INTO clock_offset (id, shift) VALUES (1, '3 minutes')"))
    for _ in range(2):
        with house.session() as session:
            guard.recognise(session)
    house.tick()
    assert sent(house) == 4
    return file


def sent(house: House) -> int:
    with house.session() as session:
        return int(session.execute(text("SELECT count(*) FROM deliveries WHERE sent_at IS NOT NULL")).scalar_one())


def state(house: House) -> tuple[str, str]:
    with house.session() as session:
        row = session.execute(text("SELECT status, pause_reason FROM distributions")).one()
        return row.status, row.pause_reason


def test_a_restore_holds_what_it_brings_back_and_asks_people(house: House, half_sent: Path) -> None:
    engine().dispose()
    backup.restore(half_sent)

    assert state(house) == ("paused", "late"), "held before anything could read it"
    for _ in range(3):
        house.tick()

    assert sent(house) == 0
    assert state(house) == ("paused", "late")
    with house.session() as session:
        assert session.scalars(text("SELECT count(*) FROM notices WHERE kind = 'late' AND resolved_at IS NULL")).one() == 1
        assert session.scalars(text("SELECT state FROM letters")).one() == "failed"
        assert resume(session, session.scalars(text("SELECT id FROM distributions")).one(), ANN) == []
    for _ in range(2):
        house.tick()
    assert sent(house) == 4, "a person has looked, and it goes on"


def test_whoever_waits_for_a_restore_that_waits_for_them_gives_way(house: House, half_sent: Path) -> None:
    """A process in the middle of its work: it read of one table, and asks for the others while the restore takes them away."""
    waits = text("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()")
    with house.session() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")).all()
    engine().dispose()
    with engine().connect() as working, engine().connect() as looking, ThreadPoolExecutor(1) as pool:
        working.execute(text("SELECT count(*) FROM customers"))
        restored = pool.submit(backup.restore, half_sent)
        while not looking.execute(waits).scalar_one() and not restored.done():
            looking.rollback()
        with pytest.raises(OperationalError, match="deadlock"):
            working.execute(text(f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE"))
        working.rollback()
        looking.rollback()
        restored.result(60)

    assert state(house) == ("paused", "late")


def test_a_backup_that_others_put_back_is_not_sent_before_the_clock_has_seen_it(house: House, half_sent: Path) -> None:
    engine().dispose()
    url = settings.current().database_url
    words = (embedded.postgres_bin("pg_restore"), "--clean", "--if-exists", "--no-owner", f"--dbname={url}", half_sent)
    subprocess.run(words, check=True)
    with house.session() as session:
        id = session.scalars(text("SELECT id FROM distributions")).one()

    for lane in ("bulk", "trigger"):
        house.send(id, lane)

    assert state(house) == ("sending", "")
    assert sent(house) == 0, "every claim asks whether this database may send"
    house.tick()
    assert state(house) == ("paused", "late")
    for _ in range(3):
        house.tick()
    assert sent(house) == 0
