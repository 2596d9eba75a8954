"""How is a queue claimed? Never by a sub-select that locks and that a join may run again for every row.

With a stale plan `WHERE id IN (SELECT … LIMIT n FOR UPDATE SKIP LOCKED)` takes more than n rows, in quadratic time. What locks stands in
`ARRAY(SELECT …)` or in a common table expression, which PostgreSQL runs once, or looks one row up by its key in a `LATERAL`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installation import ROOT

MODULES = [path for room in ("domain", "workers", "webapp", "bench", "tests") for path in sorted((ROOT / room).rglob("*.py"))]
LOCKS = re.compile(r"\bFOR\s+(NO\s+KEY\s+|KEY\s+)?(UPDATE|SHARE)\b", re.IGNORECASE)
ONCE = re.compile(r"(\bARRAY|\bLATERAL|\bAS(\s+(NOT\s+)?MATERIALIZED)?)\s*$", re.IGNORECASE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module, those that are put together as one."""
    made = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.BinOp)]
    parts = {id(part) for node in made for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) not in parts:
            yield whole(node)


def whole(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(whole(part) for part in parts)
        case ast.FormattedValue():
            return " {} "
        case ast.BinOp(left=left, right=right):
            return whole(left) + whole(right)
    return ""


def bad_claims(sql: str) -> list[str]:
    """Sub-selects that lock where they may run more than once."""
    found = []
    for at in [place.start() for place in re.finditer(r"\(\s*SELECT\b", sql, re.IGNORECASE)]:
        depth, inside = 0, ""
        for letter in sql[at:]:
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                break
            if depth == 1:
                inside += letter
        if LOCKS.search(inside) and not ONCE.search(sql[:at]):
            found.append(inside)
    return found


def bad_expressions(tree: ast.AST) -> list[int]:
    """Lines of `.in_(…)` over a SQLAlchemy select that locks, named or written in place."""
    locking = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and "with_for_update" in ast.dump(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"in_", "not_in", "any_"}:
            inside = [part for argument in node.args for part in ast.walk(argument)]
            named = {part.id for part in inside if isinstance(part, ast.Name)}
            calls = {part.attr for part in inside if isinstance(part, ast.Attribute)}
            if "with_for_update" in calls or named & locking:
                found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", [path for path in MODULES if path.name != Path(__file__).name], ids=name)
def test_what_locks_runs_once(path: Path) -> None:
    tree = ast.parse(path.read_text())

    assert [bad for text in texts(tree) for bad in bad_claims(text)] == []
    assert bad_expressions(tree) == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM q WHERE id IN (SELECT id FROM q ORDER BY id LIMIT 9 FOR UPDATE SKIP LOCKED) RETURNING id",
        "UPDATE q SET n = 1 FROM (SELECT id FROM q LIMIT (1 + 2) FOR NO KEY UPDATE SKIP LOCKED) AS w WHERE w.id = q.id",
        "DELETE FROM q WHERE id in (\n  select id FROM q LIMIT 9 for update)",
    ],
)
def test_the_bad_forms_are_found(sql: str) -> None:
    assert bad_claims(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM q WHERE id = ANY(ARRAY(SELECT id FROM q LIMIT 9 FOR UPDATE SKIP LOCKED))",
        "WITH w AS MATERIALIZED (SELECT id FROM q LIMIT 9 FOR UPDATE) DELETE FROM q USING w WHERE w.id = q.id",
        "SELECT id FROM q WHERE id IN (SELECT id FROM w) ORDER BY id FOR UPDATE",
        "SELECT x.n FROM w, LATERAL (SELECT q.n FROM q WHERE q.id = w.id OFFSET 0 FOR UPDATE) AS x",
    ],
)
def test_the_good_forms_are_not(sql: str) -> None:
    assert bad_claims(sql) == []


def test_the_bad_forms_are_found_in_python() -> None:
    joined = 'N = 9\nQ = "DELETE FROM q WHERE id IN (SELECT id " f"FROM q LIMIT {N}" + " FOR UPDATE SKIP LOCKED)"'
    in_place = "delete(Q).where(Q.id.in_(select(Q.id).limit(9).with_for_update(skip_locked=True)))"
    named = "first = select(Q.id).limit(9).with_for_update()\ndelete(Q).where(Q.id.in_(first))"

    assert [bad for text in texts(ast.parse(joined)) for bad in bad_claims(text)]
    assert bad_expressions(ast.parse(in_place)) == [1]
    assert bad_expressions(ast.parse(named)) == [2]
