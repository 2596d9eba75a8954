"""The rooms of the house: where a line belongs, asked of every module at once. The floors themselves are contracts of import-linter."""

import ast
import collections
import os
import re
import sys
from pathlib import Path

import pytest

from tests.journeys.installation import ROOT

DOMAIN = ROOT / "domain"
MODULES = sorted(DOMAIN.rglob("*.py"))
ROOMS = sorted({path.parent for path in MODULES})
FACES = {"conditions", "tables"}
"""Rooms whose `__init__` hands something on; every other one holds a sentence and nothing more."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path) -> set[str]:
    """Every module that a file names in an import, also inside a function."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found


def test_every_module_of_the_domain_can_be_the_first_to_be_imported() -> None:
    """A circle of imports shows only in the process that enters it from the wrong side, so each module gets a process of its own."""
    children = {}
    for path in MODULES:
        child = os.fork()
        if child == 0:
            for loaded in [one for one in sys.modules if one.split(".")[0] in {"domain", "integrations"}]:
                del sys.modules[loaded]
            os.close(2)
            try:
                __import__(dotted(path))
            except BaseException:
                os._exit(1)
            os._exit(0)
        children[child] = path
        if len(children) == 4:
            pid, status = os.wait()
            assert status == 0, name(children[pid])
            del children[pid]
    for pid, path in children.items():
        assert os.waitpid(pid, 0)[1] == 0, name(path)


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_a_room_holds_at_most_a_dozen_modules(room: Path) -> None:
    assert len([path for path in room.glob("*.py") if path.stem != "__init__"]) <= 12


@pytest.mark.parametrize("room", [room for room in ROOMS if room.name not in FACES], ids=name)
def test_the_face_of_a_room_is_one_sentence(room: Path) -> None:
    assert (room / "__init__.py").read_text().count("\n") == 1


@pytest.mark.parametrize("path", sorted((DOMAIN / "tables").glob("*.py")), ids=name)
def test_tables_stand_on_the_ground_alone(path: Path) -> None:
    rooms = {module.split(".")[1] for module in imported(path) if module.startswith("domain.")}

    assert rooms <= {"kernel", "tables"}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_domain_names_no_module_by_text(path: Path) -> None:
    """What runs higher rooms is handed in by the door that asks (`workers`), so that a move breaks an import and no string."""
    texts = [node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]

    assert [text for text in texts if re.fullmatch(r"domain(\.\w+)+(:\w+)?", text)] == []


def test_a_class_name_means_one_thing() -> None:
    where = collections.defaultdict(list)
    for floor in ("domain", "integrations", "webapp", "workers"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            for node in parsed(path).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    where[node.name].append(name(path))

    assert {word: places for word, places in where.items() if len(places) > 1} == {}
