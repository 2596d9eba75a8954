"""The rooms of the house: where a line belongs, asked of every module at once. The floors themselves are contracts of import-linter."""

import ast
import collections
import re
import tomllib
from pathlib import Path

import pytest

from tests.journeys.installation import ROOT

DOMAIN = ROOT / "domain"
MODULES = sorted(DOMAIN.rglob("*.py"))
FLOORS = ("domain", "integrations", "webapp", "workers")
EVERY_MODULE = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
ROOMS = sorted({path.parent for path in MODULES})
FACES = {"conditions", "tables"}
"""Rooms whose `__init__` hands something on; every other one holds a sentence and nothing more."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


PATHS = {dotted(path): path for floor in ("domain", "integrations", "workers") for path in sorted((ROOT / floor).rglob("*.py"))}


def imported(path: Path) -> set[str]:
    """Every module that a file names in an import, also inside a function."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found


def at_the_top(path: Path) -> set[str]:
    """Modules of the house that a file imports when it is itself imported."""
    found = set()
    for node in parsed(path).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                inside = f"{node.module}.{one.name}"
                found.add(inside if inside in PATHS else node.module)
    return found & PATHS.keys() - {dotted(path)}


def test_no_files_import_each_other_in_a_circle() -> None:
    """A circle shows only in the process that enters it from the wrong side, so it is looked for, not waited for."""
    needs = {module: at_the_top(path) for module, path in PATHS.items()}
    while free := [module for module, others in needs.items() if not others & needs.keys()]:
        for module in free:
            del needs[module]

    assert sorted(needs) == []


FOUND_BY_LOOKING = {
    DOMAIN / "incentives" / "campaigns" / "kinds",
    DOMAIN / "messages" / "blocks",
    ROOT / "webapp" / "campaigns" / "kinds",
    ROOT / "integrations" / "providers",
}
AREAS = sorted({path.parent for floor in ("webapp", "workers", "integrations") for path in (ROOT / floor).rglob("*.py")})


ROOMS_FOUND_BY_LOOKING = {ROOT / "webapp", ROOT / "webapp" / "api", DOMAIN / "triggers"}
"""Areas of the web application, resources of the API and categories of triggers: of these, too, there may be as many as there are."""


def members(room: Path) -> list[str]:
    """What stands side by side in a room: its modules, and the rooms inside it."""
    rooms = [] if room in ROOMS_FOUND_BY_LOOKING else [path.parent.name for path in room.glob("*/__init__.py")]
    return sorted([path.stem for path in room.glob("*.py") if path.stem != "__init__"] + rooms)


@pytest.mark.parametrize("room", [room for room in [*ROOMS, *AREAS] if room != DOMAIN], ids=name)
def test_a_room_holds_at_most_a_dozen_modules_and_rooms(room: Path) -> None:
    """What is found by looking and knows nothing of its neighbours is counted by nobody: of it there may be as many as there are.

    The rooms of the domain itself are counted by floors: each stands in a contract of import-linter.
    """
    if room.parent == DOMAIN / "triggers" or room in FOUND_BY_LOOKING:
        return
    assert len(members(room)) <= 12, members(room)


def test_the_domain_has_at_most_ten_floors_and_each_of_its_rooms_stands_on_one() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = next(one["layers"] for one in contracts if one.get("containers") == ["domain"])

    assert len(floors) <= 10
    assert sorted(room for floor in floors for room in floor.split(" | ")) == members(DOMAIN)


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


@pytest.mark.parametrize("floor", ["domain", "workers"])
def test_tests_stand_in_the_rooms_of_what_they_test(floor: str) -> None:
    rooms = [path.parent.relative_to(ROOT / "tests") for path in sorted((ROOT / "tests" / floor).rglob("__init__.py"))]

    assert len(rooms) > 3
    assert [room.as_posix() for room in rooms if not (ROOT / room / "__init__.py").exists()] == []
    assert [path.name for path in (ROOT / "tests" / floor).glob("test_*.py")] == []


def late_imports(path: Path) -> list[tuple[str, str]]:
    """Every import inside a function: what it names, and the comment behind it."""
    lines = path.read_text().splitlines()
    found = []
    for function in ast.walk(parsed(path)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom | ast.Import):
                    named = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
                    found.append((named, lines[(node.end_lineno or node.lineno) - 1].partition("#")[2]))
    return found


@pytest.mark.parametrize("path", EVERY_MODULE, ids=name)
def test_an_import_inside_a_function_says_whose_memory_it_saves(path: Path) -> None:
    """It never hides an arrow between rooms: the contracts see it as well. Within the domain nothing is imported late but libraries."""
    late = late_imports(path)

    assert [named for named, comment in late if not re.search(r"\bkeeps .*\bsmall\b", comment)] == []
    assert [named for named, _ in late if DOMAIN in path.parents and named.split(".")[0] in FLOORS] == []


BY_LOOKING = {
    "domain/customers/imports/exports/catalogue.py",
    "domain/incentives/campaigns/kinds/catalogue.py",
    "domain/messages/blocks/catalogue.py",
    "domain/triggers/catalogue.py",
}
"""What finds modules by looking, all of them in its own room."""


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_domain_imports_by_name_only_what_it_finds_by_looking(path: Path) -> None:
    """A name that is put together hides an arrow from the contracts."""
    tree = parsed(path)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    by_name = any(one.split(".")[0] == "importlib" for one in imported(path)) or "__import__" in names

    assert not by_name or name(path) in BY_LOOKING


def test_a_class_name_means_one_thing() -> None:
    where = collections.defaultdict(list)
    for path in [*sorted(ROOT.glob("*.py")), *EVERY_MODULE]:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(name(path))

    assert {word: places for word, places in where.items() if len(places) > 1} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "webapp").rglob("*.py")), ids=name)
def test_a_module_of_the_web_application_has_a_plain_name(path: Path) -> None:
    """Names that were riddles: whoever looks for a view, a form or a presenter finds one."""
    riddles = "parts look making reading keeping there shown frame index page words outward found crowd telling giving nodes"

    assert path.stem not in riddles.split()


NAMES_PATHS = {"webapp/api/door/routes.py", "webapp/api/shapes/voucher.py", "webapp/shell/clean_input.py"}
"""Where the paths of the API are told from those of pages."""
PATH = re.compile(r"/[a-z][\w-]*(/[\w-]+)*/?")


def hand_built(path: Path) -> set[str]:
    """Paths of pages that stand as texts where no route is declared."""
    tree = parsed(path)
    declared = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            declared |= {id(one) for decorator in node.decorator_list for one in ast.walk(decorator)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"Blueprint", "add_url_rule"}:
            declared |= {id(one) for one in ast.walk(node)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in declared]
    return {node.value for node in texts if PATH.fullmatch(node.value)}


@pytest.mark.parametrize("path", sorted((ROOT / "webapp").rglob("*.py")), ids=name)
def test_addresses_of_pages_are_asked_for(path: Path) -> None:
    """By `url_for`: a view that moves takes every link to it along."""
    assert name(path) in NAMES_PATHS or hand_built(path) == set()


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=name)
def test_links_of_a_template_ask_for_their_addresses(path: Path) -> None:
    assert re.findall(r"""\s(?:href|src|action|formaction|hx-(?:get|post|put|delete))=["']/[^"']*""", path.read_text()) == []
