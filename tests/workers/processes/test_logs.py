"""The clock logs as the settings say, and never what was bound into a statement."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import settings
from tests.journeys.installation import ROOT
from workers import session as sessions
from workers.processes.children import rotate


def test_a_clock_without_its_database_says_so_in_the_form_that_is_set() -> None:
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "BROKER_URL": "redis://127.0.0.1:9/0", "LARGESSE_LOG_FORMAT": "json"}
    process = subprocess.Popen(
        (sys.executable, "-m", "largesse", "clock"),
        cwd=ROOT,
        env=os.environ | nowhere,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        said = next(line for line in process.stdout if "event" in line or "[error" in line or "[warning" in line)
    finally:
        process.kill()
        process.wait()

    assert json.loads(said)["event"]


def test_statements_are_named_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    settings.current.cache_clear()
    sessions.engine.cache_clear()

    assert sessions.engine().hide_parameters
    sessions.engine.cache_clear()
    settings.current.cache_clear()


def test_a_log_that_has_grown_large_on_a_full_disk_is_emptied_without_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    log = tmp_path / "web.log"
    log.write_text("line\n" * 100)
    monkeypatch.setattr(shutil, "copyfileobj", full)

    rotate(log, largest=100)

    assert log.stat().st_size == 0
    assert [file.name for file in tmp_path.iterdir()] == ["web.log"]
