"""What a child of root can do once it is another user."""

import os
import subprocess
from pathlib import Path

import pytest

from workers.processes.unprivileged import becoming

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NOBODY = 65_534


def tried(script: str, path: Path, *, reaching: bool) -> str:
    """What a shell says as nobody. Shells ask access(2), as PostgreSQL does."""
    words = ("/bin/sh", "-c", script, "sh", str(path))
    return subprocess.run(
        words, preexec_fn=becoming(NOBODY, reaching=reaching), capture_output=True, text=True, cwd="/", check=False
    ).stdout


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    (folder / "program").write_text("#!/bin/sh\necho ran\n")
    (folder / "program").chmod(0o755)
    return folder


def test_it_passes_through_a_closed_directory_only_where_it_must(closed: Path) -> None:
    script = '[ -x "$1" ] && "$1"'

    assert tried(script, closed / "program", reaching=True) == "ran\n"
    assert tried(script, closed / "program", reaching=False) == ""


def test_it_is_somebody_else_and_writes_nowhere_it_should_not(closed: Path) -> None:
    assert tried("id -u; id -G", closed, reaching=True).split() == [str(NOBODY), str(NOBODY)]
    assert tried('touch "$1/mine" 2>/dev/null; ls "$1"', closed, reaching=True) == "program\n"
