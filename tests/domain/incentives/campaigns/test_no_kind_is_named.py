"""Nobody outside a kind's own module asks which kind a campaign is: not in Python, not in SQL, not in a template."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.domain.incentives.campaigns.conftest import KEYS
from tests.journeys.installation import ROOT

OWN = {ROOT / folder / f"{key}.py" for key in KEYS for folder in ("domain/incentives/campaigns/kinds", "webapp/campaigns/kinds")}
MODULES = [path for floor in ("domain", "integrations", "webapp", "workers") for path in sorted((ROOT / floor).rglob("*.py"))]
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*.html")) if path.parent.name != "kinds"]
ACTIONS = {"action", "act"}
"""What people get in a distribution has keys of its own, one of which is the word `promotion` too."""

KEY = f"['\"](?:{'|'.join(KEYS)})['\"]"
IN_SQL = re.compile(rf"\bkind\s*(?:=|<>|!=|(?:NOT\s+)?IN)\s*\(?\s*{KEY}", re.IGNORECASE)
IN_TEMPLATE = re.compile(rf"\bkind\s*(?:==|!=|(?:not\s+)?in)\s*[\[(]?\s*{KEY}|{KEY}\s*(?:==|!=)\s*[\w.]*\bkind\b|\[[\w.]*\.kind\]")


def word(node: ast.AST) -> str:
    """The last word of a name: `kind` of `campaign.kind`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def keys_in(*nodes: ast.AST | None) -> set[str]:
    values = {one.value for node in nodes if node is not None for one in ast.walk(node) if isinstance(one, ast.Constant)}
    return values & set(KEYS)


def named(tree: ast.AST) -> Iterator[int]:
    """The lines that compare something with a kind's key, choose by it, or ask the database for it."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                found = keys_in(left, *others) and not ACTIONS & {word(left), *map(word, others)}
            case ast.Match(subject=subject, cases=cases):
                found = keys_in(*(case.pattern for case in cases)) and word(subject) not in ACTIONS
            case ast.Dict(keys=names):
                found = len(keys_in(*names)) > 1
            case ast.Call(func=ast.Attribute(value=asked, attr="in_" | "not_in" | "notin_" | "is_distinct_from"), args=args):
                found = word(asked) == "kind" and keys_in(*args)
            case ast.Call(func=ast.Attribute(value=asked, attr="startswith" | "endswith" as how), args=[ast.Constant(value=str(end))]):
                found = word(asked) == "kind" and any(getattr(key, how)(end) for key in KEYS)
            case ast.Set(elts=items) | ast.Tuple(elts=items) | ast.List(elts=items):
                found = len(items) > 1 and all(isinstance(one, ast.Constant) and one.value in KEYS for one in items)
            case ast.Constant(value=str(text)):
                found = IN_SQL.search(text)
            case _:
                continue
        if found:
            yield node.lineno


@pytest.mark.parametrize("path", [path for path in MODULES if path not in OWN], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_asks_for_a_kind_by_its_key(path: Path) -> None:
    assert list(named(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_template_asks_for_a_kind_by_its_key(path: Path) -> None:
    assert IN_TEMPLATE.findall(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "campaign.kind == 'promotion'",
        "'discount' != draft.kind",
        "Campaign.kind.in_([]) if kind in ('gift', 'discount') else None",
        "select(Campaign).where(Campaign.kind.in_(['discount']))",
        "campaign.kind.startswith('promo')",
        "GIVEN = frozenset({'discount', 'promotion'})",
        "match campaign.kind:\n    case 'promotion': pass",
        "TABS = {'': 'All', 'discount': 'Codes', 'promotion': 'Promotions'}",
        "text(\"SELECT FROM campaigns c WHERE c.kind <> 'promotion'\")",
    ],
)
def test_each_way_of_asking_is_seen(line: str) -> None:
    assert list(named(ast.parse(line))) == [1]


@pytest.mark.parametrize("text", ["{% if campaign.kind == 'promotion' %}", "{{ labels[campaign.kind] }}", "{% if kind in ['discount'] %}"])
def test_each_way_of_asking_in_a_template_is_seen(text: str) -> None:
    assert IN_TEMPLATE.search(text)
