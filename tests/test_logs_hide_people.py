"""No process writes what it must not know into its log: neither the parameters of a statement nor what the database says of them."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import settings
from domain.customers.imports import files
from tests.conftest import ROOT
from workers.processes import embedded

DATUM = "dina.okafor@personal.example"
STATEMENTS = {
    "a key that is taken": "INSERT INTO t VALUES (:datum), (:datum)",
    "no number": "SELECT CAST(:datum AS integer)",
    "a row that is refused": "INSERT INTO t VALUES (:datum || repeat('x', 300))",
}
BREAK = """
from sqlalchemy import text
def broken(connection):
    connection.execute(text("CREATE TEMP TABLE t (email varchar(100) UNIQUE CHECK (length(email) < 90))"))
    connection.execute(text(STATEMENT), {"datum": DATUM})
"""
PROCESSES = {
    "web": """
from webapp import create_app
from webapp.access import public
from webapp.database import db
app = create_app()
app.add_url_rule("/breaks", "breaks", public(lambda: broken(db.session)))
assert app.test_client().get("/breaks").status_code == 500
""",
    "worker": """
import logs; logs.begin("worker")
from workers.session import transaction
try:
    with transaction() as session: broken(session)
except Exception as why:
    logs.log("worker").error("work broke", exc_info=why)
""",
    "a library": """
import logging, logs; logs.begin("worker")
from workers.session import engine
try:
    with engine().begin() as connection: broken(connection)
except Exception:
    logging.getLogger("dramatiq.worker").exception("failed to process a message")
""",
    "a thread": """
import threading, logs; logs.begin("worker")
from workers.session import engine
def work():
    with engine().begin() as connection: broken(connection)
thread = threading.Thread(target=work); thread.start(); thread.join()
""",
    "a command": """
import click, largesse
from workers.session import engine
@largesse.main.command()
def breaks():
    with engine().begin() as connection: broken(connection)
largesse.main(["breaks"], standalone_mode=False)
""",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
@pytest.mark.parametrize("format", ["console", "json"])
def test_an_error_in_the_log_of_a_process_holds_no_parameter(database_url: str, process: str, statement: str, format: str) -> None:
    program = f"STATEMENT, DATUM = {statement!r}, {DATUM!r}\n{BREAK}\n{process}"
    surroundings = {**os.environ, "DATABASE_URL": database_url, "LARGESSE_LOG_FORMAT": format, "PYTHONPATH": str(ROOT)}

    done = subprocess.run((sys.executable, "-c", program), env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False)

    said = done.stdout + done.stderr
    assert re.search(r"psycopg\.errors\.\w+ 2\w{4}", said), said
    assert "broken" in said, "it says where"
    assert DATUM not in said
    assert "xxx" not in said


def test_every_engine_hides_its_parameters() -> None:
    sources = [path for folder in ("domain", "integrations", "migrations", "webapp", "workers") for path in (ROOT / folder).rglob("*.py")]
    made = [call for path in sources for call in re.findall(r"create_engine\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", path.read_text())]

    assert len(made) >= 4
    assert [call for call in made if "hide_parameters=True" not in call] == []


def test_the_embedded_server_writes_no_refused_statement_down() -> None:
    words = embedded.postgres_command(Path("/tmp/nowhere"))

    assert {"log_min_messages=log", "log_min_error_statement=panic", "log_error_verbosity=terse"} <= set(words)


def test_uploads_are_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARGESSE_DATA", str(tmp_path))
    settings.current.cache_clear()
    (tmp_path / "uploads").mkdir(mode=0o755)
    before = os.umask(0)
    try:
        with (ROOT / "README.md").open("rb") as given:
            path, _ = files.keep(given)
    finally:
        os.umask(before)
        settings.current.cache_clear()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
