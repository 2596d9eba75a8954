"""The wheel, installed by pip into an environment of its own and started there: `make smoke` builds it and asks this."""

import os
import re
import signal
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.installation import READY, ROOT, end_with_us
from tests.sink import free_port
from workers.processes import children

pytestmark = pytest.mark.wheel
FOLDERS = ("webapp", "integrations", "workers", "domain", "static", "templates", "migrations")
FILES = ("static", "templates", "migrations")
OURS = {"webapp", "integrations", "workers", "domain", "largesse_files", "largesse.py", "logs.py", "resources.py", "settings.py", "wsgi.py"}


@dataclass(frozen=True)
class Installed:
    """An environment that holds Largesse and what it needs, and a home for its user."""

    venv: Path
    home: Path
    elsewhere: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a person has who only just logged in: nothing of ours, and nothing of the tests'."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}

    @property
    def data(self) -> Path:
        """Where an installed Largesse keeps its data unless told otherwise."""
        return self.home / ".local" / "share" / "largesse"

    def says(self, program: str, *words: str) -> str:
        """What a program of the environment prints, started in an empty folder. It must succeed."""
        done = subprocess.run(
            (self.venv / "bin" / program, *words), env=self.environment, cwd=self.elsewhere, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def wheel(request: pytest.FixtureRequest) -> Path:
    given = request.config.getoption("--wheel")
    assert given, "which wheel? `make smoke` builds one and names it"
    return Path(given).absolute()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Pinned and hashed requirements first, then the wheel alone, as docs/operating/installing.md says."""
    venv = tmp_path_factory.mktemp("wheel") / "venv"
    subprocess.run((sys.executable, "-m", "venv", venv), check=True)
    pip = (venv / "bin" / "python", "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check")
    subprocess.run((*pip, "install", "--require-hashes", "-r", ROOT / "requirements.txt"), check=True)
    subprocess.run((*pip, "install", "--no-deps", wheel), check=True)
    return Installed(venv, tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("elsewhere"))


def test_every_file_of_the_program_is_in_the_wheel_and_nothing_beside_it(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file())
    wanted = {f"largesse_files/{file}" if file.parts[0] in FILES else str(file) for file in files if "__pycache__" not in file.parts}

    assert wanted - inside == set()
    assert inside - wanted == {name for name in OURS if name.endswith(".py")}
    assert {name.split("/")[0] for name in inside} == OURS


def test_its_requirements_are_all_that_it_needs(installed: Installed) -> None:
    assert "No broken requirements" in installed.says("python", "-m", "pip", "check")


def test_the_command_says_its_release_and_comes_from_the_environment(installed: Installed) -> None:
    release = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert installed.says("largesse", "--version") == f"Largesse {release}\n"
    for module in ("webapp", "largesse", "resources"):
        assert Path(installed.says("python", "-c", f"import {module}; print({module}.__file__)")).is_relative_to(installed.venv)


@pytest.fixture
def running(installed: Installed) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`largesse run` in an empty folder, with the line that it said."""
    given = installed.environment | {"PORT": str(free_port())}
    words = (installed.venv / "bin" / "largesse", "run")
    process = subprocess.Popen(
        words, env=given, cwd=installed.elsewhere, text=True, stdout=subprocess.PIPE, start_new_session=True, preexec_fn=end_with_us
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.wait()
        children.end_leftovers(installed.data, ("valkey", "postgres"))


def _got(url: str) -> tuple[str, str]:
    with urllib.request.urlopen(url, timeout=20) as reply:
        assert reply.status == 200
        return reply.headers["Content-Type"], reply.read().decode()


def _processes_of(*folders: Path) -> list[str]:
    """Every process of this machine that was started from one of the folders or works on it."""
    commands = [file.read_bytes().replace(b"\0", b" ").decode(errors="replace") for file in _commands()]
    return [command for command in commands if any(str(folder) in command for folder in folders)]


def _commands() -> list[Path]:
    return [file for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]


def test_it_starts_in_an_empty_folder_serves_and_leaves_nothing_running(
    installed: Installed, running: tuple[subprocess.Popen[str], str]
) -> None:
    process, line = running
    said = READY.search(line)
    assert said, line

    assert _got(f"{said['url']}/healthz")[1] == "Alive.\n"
    kind, page = _got(f"{said['url']}/sign-in")
    sheet = re.search(r'href="(/static/[^"]+\.css)"', page)
    assert kind.startswith("text/html")
    assert sheet
    assert _got(said["url"] + sheet[1])[0].startswith("text/css")
    assert "newest migration" in installed.says("largesse", "migrate")
    installed.says("largesse", "doctor")
    assert {one.name for one in children.running(installed.data)} == {"postgres", "valkey", "web", "worker-bulk", "worker-trigger", "clock"}
    assert _processes_of(installed.venv)

    process.send_signal(signal.SIGTERM)

    assert process.wait(90) == 0
    assert _processes_of(installed.venv, installed.data) == []
    assert list(installed.elsewhere.iterdir()) == []
