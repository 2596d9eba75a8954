"""A trigger or an action is asked what it says of itself. Whoever compares its key would have to know of the next one too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import triggers as floor
from domain.triggers import catalogue
from tests.journeys.installation import ROOT

ROOMS = ROOT / "domain" / "triggers"
KEYS = frozenset(catalogue.entries()) | frozenset(catalogue.actions())
MODULES = [path for room in ("domain", "webapp", "workers", "integrations") for path in sorted((ROOT / room).rglob("*.py"))]
FOUND = [path for path in sorted(ROOMS.glob("*/*.py")) if path.stem != "__init__"]
ABOUT = re.compile(r"trigger|action|\bstart\b|\bact\b", re.IGNORECASE)
"""Words by which code speaks of a trigger or an action; `manual` is a kind of segment too, and `codes` a kind of file."""
ORDINARY = frozenset(key for key in KEYS if "_" not in key)
"""Keys of one word are words of other things too: of them only what decides about a trigger or an action is looked for."""
MAKES_SOME = {ROOT / "domain" / "demo" / "drafts.py", ROOT / "domain" / "demo" / "past.py"}
"""The demo makes distributions, and what is made says by what it starts."""
QUOTED = "|".join(KEYS)
SQL = re.compile(rf"\b(trigger|action)'?\)?\s*(=|<>|!=|IN\b|NOT IN\b)[^\n]*'({QUOTED})'", re.IGNORECASE)
TEMPLATE = re.compile(
    rf"(trigger|action)\w*(\.key)?\s*(==|!=|in|not in)\s*[\[(]?['\"]({QUOTED})['\"]|"
    rf"TRIGGERS\.\w+|ACTIONS\.\w+|['\"]({QUOTED})['\"]\s*:[^}}]*\}}\s*(\.get\()?\[?\(?(spec|row)\.(trigger|action)"
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def named(node: ast.AST) -> set[str]:
    """The keys that stand as texts below this node."""
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)} & KEYS


def compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every place that decides by a key: a comparison, a case, a look into a dict, a condition in SQL."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and named(node) and ABOUT.search(ast.unparse(node)):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Match) and ABOUT.search(ast.unparse(node.subject)):
            yield from ((case.pattern.lineno, ast.unparse(case.pattern)) for case in node.cases if named(case.pattern))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"startswith", "endswith"}:
            ends = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
            if ABOUT.search(ast.unparse(node.func)) and any(getattr(key, node.func.attr)(end) for key in KEYS for end in ends if end):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Subscript | ast.Call) and ABOUT.search(ast.unparse(node)):
            looked = node.value if isinstance(node, ast.Subscript) else node.func
            if isinstance(looked, ast.Attribute):
                looked = looked.value
            if isinstance(looked, ast.Dict) and any(key is not None and named(key) for key in looked.keys):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield node.lineno, SQL.search(node.value)[0]


def test_no_module_compares_the_key_of_a_trigger_or_an_action() -> None:
    """A trigger's own module may say its own key."""
    guilty = [
        f"{name(path)}:{line}: {said}"
        for path in MODULES
        for line, said in compared(ast.parse(path.read_text()))
        if path not in FOUND or repr(path.stem) not in said
    ]

    assert guilty == []


def elsewhere(path: Path) -> set[str]:
    """Keys that stand as texts in a module although they mean nothing but a trigger or an action, its own key left out."""
    allowed = ORDINARY | {path.stem} if path in FOUND else ORDINARY
    named_by_triggers = frozenset(catalogue.actions()) if path in FOUND else frozenset()  # a trigger names what may follow it
    return named(ast.parse(path.read_text())) - allowed - named_by_triggers


@pytest.mark.parametrize("path", [path for path in MODULES if path not in MAKES_SOME], ids=name)
def test_a_key_that_means_nothing_else_stands_in_its_own_module_alone(path: Path) -> None:
    """Also where it is compared out of sight: in a set with a name, under a word that says nothing of triggers."""
    assert elsewhere(path) == set()


def test_no_template_compares_a_key() -> None:
    pages = sorted((ROOT / "templates").rglob("*.html"))
    alone = re.compile(rf"['\"]({'|'.join(KEYS - ORDINARY)})['\"]")

    assert [f"{name(path)}: {found[0]}" for path in pages for found in alone.finditer(path.read_text())] == []

    assert [f"{name(path)}: {found[0]}" for path in pages for found in TEMPLATE.finditer(path.read_text())] == []


@pytest.mark.parametrize(
    "said",
    [
        'if spec.trigger == "manual": pass',
        'if plan.action in {"codes", "published_code"}: pass',
        'match spec.action:\n    case "codes":\n        pass',
        'KIND = {"segment_entered": 1, "segment_left": 2}.get(spec.trigger)',
        "text(\"SELECT d.trigger <> 'manual' AS live\")",
        'if spec.trigger.startswith("segment_"): pass',
        'query.where(row.trigger.in_(("segment_entered", "segment_left")) == (row.trigger != "manual"))',
    ],
)
def test_the_search_finds_what_it_looks_for(said: str) -> None:
    assert list(compared(ast.parse(said)))


@pytest.mark.parametrize(
    "said", ["{% if spec.trigger == 'manual' %}", "{{ choices.TRIGGERS.manual.label }}", "{% if spec.action != 'codes' %}"]
)
def test_the_search_finds_it_in_templates(said: str) -> None:
    assert TEMPLATE.search(said)


@pytest.mark.parametrize("path", FOUND, ids=name)
def test_triggers_and_actions_know_nothing_of_each_other(path: Path) -> None:
    others = {f"{floor.__name__}.{one.parent.name}.{one.stem}" for one in FOUND if one != path}
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Import):
            imported |= {one.name for one in node.names}

    assert imported & others == set()
    assert not imported & {f"{floor.__name__}.catalogue", f"{floor.__name__}.fits"}, "it is asked, and asks nobody"


def test_nobody_imports_one_by_name() -> None:
    rooms = "|".join(sorted({one.parent.name for one in FOUND}))
    outside = [path for path in MODULES if ROOMS not in path.parents]
    named = re.compile(rf"domain\.triggers\.({rooms})\b|from domain\.triggers import [^\n]*\b({rooms})\b|from domain import triggers\b")

    assert [name(path) for path in outside if named.search(path.read_text())] == []
