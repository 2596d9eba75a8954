"""Why does a line not hold to the rules that all others hold to? It says so in words, or it holds to them."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installation import ROOT
from tests.test_house import MODULES, name

PYTHON = [*MODULES, *(path for folder in ("tests", "bench", "migrations") for path in (ROOT / folder).rglob("*.py")), *ROOT.glob("*.py")]
EXCEPTION = re.compile(r"#\s*(?:(?:ruff|flake8):\s*)?noqa|#\s*type:\s*ignore", re.IGNORECASE)
WITH_REASON = re.compile(r"# (?:(?:ruff: )?noqa: [A-Z]+\d+(?:, [A-Z]+\d+)* - |type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\] # )\w\S* \S+")


def comments(source: str) -> Iterator[str]:
    """Those that switch a rule off, with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and EXCEPTION.search(token.string):
            yield f"{token.start[0]}: {token.string}"


def without_reason(source: str) -> list[str]:
    """Those of them that do not say why, or not which rule."""
    return [comment for comment in comments(source) if not WITH_REASON.search(comment)]


@pytest.mark.parametrize("path", sorted(path for path in PYTHON if EXCEPTION.search(path.read_text())), ids=name)
def test_who_switches_a_rule_off_says_why(path: Path) -> None:
    assert without_reason(path.read_text()) == [], "`# noqa: S311 - nothing secret is drawn`, `# type: ignore[misc] # its stubs are older`"


def test_no_test_tells_mypy_to_look_away() -> None:
    """It does not read tests: such a comment says nothing."""
    tests = [path for path in PYTHON if name(path).startswith("tests/") and "type: ignore" in path.read_text()]

    assert [name(path) for path in tests if any("type:" in comment for comment in comments(path.read_text()))] == []


@pytest.mark.parametrize("said", ["noqa", "noqa: S311", "noqa: S311 - dice", "type: ignore", "type: ignore[misc]", "ruff: noqa: E501"])
def test_an_exception_without_a_reason_is_found(said: str) -> None:
    assert without_reason(f"x = 1  # {said}\n") != []


@pytest.mark.parametrize("said", ["noqa: S311, S105 - nothing secret is drawn", "type: ignore[misc] # its stubs are older", "a remark"])
def test_an_exception_with_a_reason_stands(said: str) -> None:
    assert without_reason(f"x = 1  # {said}\n") == []
