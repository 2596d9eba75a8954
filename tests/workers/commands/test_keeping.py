"""What an operator does on the command line: doctor, keys, backup and restore, administrators, preparing."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

import largesse
import settings
from domain.connections import edit as connections
from domain.connections.configured import configured
from domain.incentives.campaigns import create as campaigns
from domain.incentives.campaigns.draft import Draft
from domain.kernel.actor import SYSTEM
from domain.tables.connections import Connection
from domain.tables.workspace import User
from domain.workspace.signing_in import password_hashing
from workers.commands import doctor, prepare_database
from workers.session import transaction

WEBHOOK = {"url": "https://shop.example.com/hook", "secret": "", "headers": ""}


@pytest.fixture
def data(own_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with a key of its own, as `largesse run` makes it."""
    monkeypatch.setenv("LARGESSE_DATA", str(tmp_path))
    monkeypatch.setenv("LARGESSE_SECRET_KEYS", "")
    monkeypatch.setenv("LARGESSE_DEMO", "0")
    settings.current.cache_clear()
    return tmp_path


def asked(*words: str) -> str:
    done = CliRunner().invoke(largesse.main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def said(question: str) -> list[str]:
    lines: list[str] = []
    doctor.visit(lines.append)
    start = next(number for number, line in enumerate(lines) if line.endswith(question))
    return lines[start:]


def test_preparing_twice_makes_one_administrator_and_one_key(data: Path) -> None:
    first = prepare_database.prepare()
    key = (data / "secret_keys").read_text()
    second = prepare_database.prepare()

    assert "with the password" in first
    assert second == first
    assert (data / "secret_keys").read_text() == key
    assert (data / "secret_keys").stat().st_mode & 0o077 == 0
    with transaction() as session:
        assert session.execute(text("SELECT count(*) FROM users")).scalar() == 1


def test_the_printed_password_signs_in(data: Path) -> None:
    password = prepare_database.prepare().rpartition(" ")[2].rstrip(")")

    with transaction() as session:
        assert password_hashing.fits(session.scalars(select(User.password)).one(), password)


def test_a_key_is_not_invented_for_a_database_that_has_secrets(data: Path) -> None:
    prepare_database.prepare()
    (data / "secret_keys").unlink()

    with pytest.raises(prepare_database.NotPrepared, match="secret_keys"):
        prepare_database.prepare()


def test_a_new_key_reads_what_the_old_one_wrote_and_the_old_one_can_go(data: Path) -> None:
    prepare_database.prepare()
    with transaction() as session:
        made, _ = connections.create(session, SYSTEM, "webhook", "Shop", WEBHOOK)
        before = configured(session, made.id)[1]["secret"]

    assert "1 connection " in asked("keys", "rotate")

    ring = (data / "secret_keys").read_text().split()
    assert len(ring) == 2
    (data / "secret_keys").write_text(ring[0])
    with transaction() as session:
        assert configured(session, made.id)[1]["secret"] == before
    assert said("Credentials can be read")[0].startswith("✓")


def test_the_doctor_names_credentials_that_no_key_opens(data: Path) -> None:
    prepare_database.prepare()
    with transaction() as session:
        connections.create(session, SYSTEM, "webhook", "Shop", WEBHOOK)
    (data / "secret_keys").write_text("another key")

    answer = said("Credentials can be read")

    assert answer[0].startswith("✗")
    assert "Shop" in answer[1]
    assert "Put the missing key back" in answer[2]


def test_the_doctor_finds_a_code_that_is_counted_wrongly(data: Path) -> None:
    prepare_database.prepare()
    with transaction() as session:
        campaigns.create(session, SYSTEM, Draft("Autumn", {"type": "percent", "percent": 15}, "EUR"))
        session.execute(text("INSERT INTO pool_counts (campaign_id, state, count) SELECT id, 'free', 7 FROM campaigns"))

    answer = said("Every code is in exactly one state")

    assert answer[0].startswith("✗")
    assert "Autumn" in answer[1]


def test_a_backup_brings_everything_back(data: Path) -> None:
    prepare_database.prepare()
    file = data / "largesse.dump"
    asked("backup", str(file))
    with transaction() as session:
        session.execute(text("UPDATE users SET name = 'Somebody else'"))

    asked("restore", str(file), "--yes")

    with transaction() as session:
        assert session.scalars(select(User.name)).one() == "Admin"


def test_a_backup_that_is_none_is_refused_in_words_and_changes_nothing(data: Path) -> None:
    prepare_database.prepare()
    (data / "no.dump").write_text("this is no backup")

    done = CliRunner().invoke(largesse.main, ["restore", str(data / "no.dump"), "--yes"])

    assert done.exit_code == 1
    assert "Traceback" not in done.output
    with transaction() as session:
        assert session.scalars(select(User.name)).one() == "Admin"


def test_a_locked_out_administrator_gets_a_new_password(data: Path) -> None:
    prepare_database.prepare()

    words = asked("admin", "reset", "admin@example.com")

    with transaction() as session:
        assert password_hashing.fits(session.scalars(select(User.password)).one(), words.split()[-1])
        assert not session.scalars(select(Connection)).all()
