"""Who catches every exception, and tells nobody? A fault of ours that no log line, reference or person knows of is never mended."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installation import ROOT
from tests.test_house import MODULES, name

EVERYTHING = {"Exception", "BaseException"}
WRITES_DOWN = {"new_reference", "write_down", "handle_user_exception"}
"""They log the error under a reference that a person sees."""
LEVELS = {"info", "warning", "error", "critical"}


def catches_everything(kind: ast.expr | None) -> bool:
    return kind is None or bool(EVERYTHING & {node.id for node in ast.walk(kind) if isinstance(node, ast.Name)})


def silent(source: str) -> Iterator[int]:
    """Lines of a module that catch every exception and neither raise it nor tell of it, there or in a function of the module."""
    tree = ast.parse(source)
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    def tells(node: ast.AST, asked: frozenset[str] = frozenset()) -> bool:
        for call in ast.walk(node):
            if not isinstance(call, ast.Call):
                continue
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            logged = called in LEVELS and ast.unparse(call.func).startswith("log(__name__).")
            if logged or called in WRITES_DOWN:
                return True
            if called in functions and called not in asked and tells(functions[called], asked | {called}):
                return True
        return False

    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and catches_everything(node.type):
            if not isinstance(node.body[-1], ast.Raise) and not any(map(tells, node.body)):
                yield node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress") and any(map(catches_everything, node.args)):
            yield node.lineno


@pytest.mark.parametrize("path", [path for path in (*MODULES, *sorted(ROOT.glob("*.py"))) if "except" in path.read_text()], ids=name)
def test_no_error_is_caught_in_silence(path: Path) -> None:
    assert list(silent(path.read_text())) == [], "narrow it, or log(__name__) what finds it: ids, and exc_info"


@pytest.mark.parametrize(
    "said",
    [
        "try:\n    f()\nexcept Exception:\n    pass",
        "try:\n    f()\nexcept (ValueError, Exception) as why:\n    if odd(why):\n        raise\n    return None",
        "try:\n    f()\nexcept:\n    told(1)",
        "with contextlib.suppress(Exception):\n    f()",
        "def g():\n    g()\n\ntry:\n    f()\nexcept BaseException:\n    g()",
        "try:\n    f()\nexcept Exception as why:\n    if on_break is not None:\n        on_break(why)",
    ],
)
def test_a_silent_one_is_found(said: str) -> None:
    assert list(silent(said)) != []


def test_who_tells_or_raises_is_left_alone() -> None:
    told = "def g(why):\n    log(__name__).error('broke', exc_info=why)\n\ntry:\n    f()\nexcept Exception as why:\n    g(why)"
    raised = "try:\n    f()\nexcept Exception as why:\n    close()\n    raise Wrong from why"

    assert [list(silent(said)) for said in (told, raised, "try:\n    f()\nexcept ValueError:\n    pass")] == [[], [], []]
