"""What `largesse doctor` says is stuck, and what to do about it."""

import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import settings
from domain.journal import quarantine
from domain.kernel import clock
from domain.tables.connections import RawReceipt
from domain.tables.workspace import current_project
from settings import driver_url
from tests.sending import a_connection, a_segment, codes_to_segment
from tests.workers.house import House
from workers.commands import doctor

HOUR = datetime.timedelta(hours=1)


def visit() -> dict[str, list[str]]:
    """Question -> the lines below it; those that are well have none."""
    said: list[str] = []
    doctor.visit(said.append)
    answers: dict[str, list[str]] = {}
    for line in said:
        if line.startswith(("✓", "✗")):
            answers[line[2:]] = []
        else:
            list(answers.values())[-1].append(line.strip())
    return answers


@pytest.fixture
def well(house: House, tmp_path: Path) -> House:
    """A house in which a clock was just here."""
    with house.session() as session:
        codes_to_segment(session, people=2)
        current_project(session).last_seen_at = clock.now(session)
    for _ in range(3):
        house.tick()
    return house


def test_all_is_well_after_a_run(well: House) -> None:
    assert {question: lines for question, lines in visit().items() if lines} == {}


def test_what_broke_alone_is_named_once_and_is_neither_due_nor_late(well: House) -> None:
    with well.session() as session:
        then = clock.now(session) - 24 * HOUR
        raw = RawReceipt(connection_id=a_connection(session).id, headers={}, body=b"{}", state="pending", created_at=then)
        session.add(raw)
        session.flush()
        quarantine.write_down(session, "receipts", raw.id, ValueError())

    answers = {question: lines for question, lines in visit().items() if lines}

    assert answers == {
        "Nothing broke alone": [
            "1 receipt could not be read.",
            "Look at Settings, Broken work: try again what was mended, drop the rest.",
        ]
    }


def test_due_work_is_named_by_lane_with_its_age(well: House) -> None:
    with well.session() as session:
        codes_to_segment(session, people=3)
        session.execute(text("UPDATE segments SET sync = 'synced'"))
        now = clock.now(session)
        session.execute(text("UPDATE distributions SET fanned_out_at = :now WHERE status = 'sending'"), {"now": now})
        session.execute(
            text("""INSERT INTO recipients (distribution_id, once_key, customer_id, version, lane, created_at)
                    SELECT d.id, 'x', c.id, 1, 'trigger', :then FROM distributions d, customers c WHERE d.status = 'sending' LIMIT 1"""),
            {"then": now - 2 * HOUR},
        )

    answers = visit()

    assert answers["Nothing due is late"][0] == "people, trigger lane: 1 due, the oldest for 7,200 s."
    assert answers["Nothing due is stuck"][0].startswith("people, trigger lane: 1 due")
    assert "Start a worker for this lane" in answers["Nothing due is stuck"][-1]


def test_a_long_transaction_is_named_with_its_process(well: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LONG", 0.2)
    engine = create_engine(driver_url(settings.current().database_url))
    with engine.connect() as other:
        pid = other.execute(text("SELECT pg_backend_pid()")).scalar_one()
        other.execute(text("SELECT pg_sleep(0.4)"))
        said = visit()["No transaction is long"]
    engine.dispose()

    assert said[0].startswith(f"process {pid} has a transaction of")
    assert "pg_terminate_backend" in said[-1]


def test_segments_and_connections_that_stand_still_are_named(well: House) -> None:
    with well.session() as session:
        behind, broken = a_segment(session), a_segment(session)
        behind.sync, broken.sync, broken.sync_error = "syncing", "failed", "A condition cannot be read."
        behind.updated_at = clock.now(session) - HOUR
        a_connection(session, paused_at=clock.now(session), paused_reason="SendGrid says the key is wrong.")
        a_connection(session, paused_at=clock.now(session))
        names = behind.name, broken.name

    answers = visit()

    said = set(answers["Segments are current"])
    assert {f"{names[0]}: its sync stands still.", f"{names[1]}: its sync failed. A condition cannot be read."} <= said
    [stopped, remedy] = answers["No connection was stopped by its provider"]
    assert stopped.endswith("SendGrid says the key is wrong.")
    assert remedy.startswith("See its page")
