"""What every line of a log has, whoever writes it, and what none has."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.journeys.installation import ROOT
from workers.processes.children import rotate

SAYS = """
import logging, sys
import logs
from sqlalchemy import create_engine, text
logs.begin("clock")
with logs.within(distribution="distr_1"):
    logs.log("module").info("words", lines=3)
logging.getLogger("alembic.runtime").warning("a library %s", "speaks")
logging.getLogger("werkzeug").info("every request")
try:
    create_engine(sys.argv[1]).connect().execute(text("SELECT CAST(:email AS int)"), {"email": "dina@okafor.example"})
except Exception as broke:
    logs.log("module").error("a request broke", exc_info=broke)
"""


def lines(database_url: str, **environment: str) -> list[str]:
    words = (sys.executable, "-c", SAYS, database_url.replace("postgresql://", "postgresql+psycopg://"))
    done = subprocess.run(words, env={"PATH": "", **environment}, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stderr.splitlines()


def test_every_line_is_an_object_with_the_same_names_and_ids_of_what_it_is_about(database_url: str) -> None:
    said: list[dict[str, Any]] = [json.loads(line) for line in lines(database_url, LARGESSE_LOG_FORMAT="json")]

    assert [one["event"] for one in said] == ["words", "a library speaks", "a request broke"]
    for one in said:
        assert {"at", "level", "process"} <= set(one)
        assert one["process"] == "clock"
    assert (said[0]["distribution"], said[0]["lines"], said[0]["module"]) == ("distr_1", 3, "module")
    assert "distribution" not in said[1]


def test_neither_a_statement_nor_its_values_are_logged(database_url: str) -> None:
    for format in ("json", "console"):
        said = "\n".join(lines(database_url, LARGESSE_LOG_FORMAT=format))

        assert "InvalidTextRepresentation" in said
        assert "[SQL" not in said
        assert "[parameters" not in said
        assert "okafor" not in said


def test_lines_for_people_begin_with_time_level_and_words(database_url: str) -> None:
    first, *_ = lines(database_url)

    assert first.startswith("at='")
    assert "level='info' event='words'" in first


def test_another_format_is_refused_in_words() -> None:
    words = (sys.executable, "-m", "largesse", "worker", "--lane", "bulk")
    environment = {"PATH": "", "LARGESSE_LOG_FORMAT": "xml", "DATABASE_URL": "postgresql://nowhere", "BROKER_URL": "stub://"}
    done = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.strip() == "Error: LARGESSE_LOG_FORMAT must be console or json, not 'xml'."


def test_a_log_is_begun_anew_while_its_process_goes_on_writing(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        for round in range(6):
            writer.write(f"{round} ".encode() + b"x" * 100 + b"\n")
            rotate(log, largest=50)
            writer.write(f"after {round}\n".encode())
            rotate(log, largest=50)

    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert log.read_text() == "after 5\n", "appended at the new end, without a hole"
    assert (tmp_path / "web.log.1").read_text().startswith("after 4\n5 ")


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("short\n")

    rotate(log)

    assert [path.name for path in tmp_path.iterdir()] == ["web.log"]
