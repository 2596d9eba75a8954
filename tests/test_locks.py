"""How are rows locked that other rows refer to? So that a reference can be written meanwhile: it waits for nothing less than a whole lock.

Two who each hold such a row, and write a reference to that of the other, would wait for each other until PostgreSQL cuts one off.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.kernel.base import Base
from domain.tables import metadata
from tests.test_house import MODULES, name

REFERRED = {key.column.table.name for table in metadata.sorted_tables for key in table.foreign_keys}
CLASSES = {mapper.class_.__name__ for mapper in Base.registry.mappers if mapper.local_table.key in REFERRED}
WHOLE = {
    "domain/customers/consents/permissions.py": "an answer that is just being given is waited for, and then keeps what would be deleted",
    "domain/customers/profiles/erase.py": "what somebody just writes about the customer is waited for, and then forgotten",
    "domain/customers/segments/delete.py": "who just names it is waited for, and then asked",
    "domain/incentives/campaigns/delete.py": "the row goes, and with it everything that refers to it",
    "domain/workspace/people/edit.py": "who is just signing in is waited for, and then signed out",
}
"""Who locks such a row as a whole, and why."""
OWN = {"vouchers"}
"""Tables whose references are written by whoever holds the row, and by nobody else."""
_STATEMENT = re.compile(r"\bFROM (?P<table>\w+)(?:(?!\bFROM\b|\bEND\b).)*\bFOR UPDATE", re.DOTALL)


def locks_whole(call: ast.Call) -> bool:
    """`….with_for_update()`, or a call with `with_for_update=True`, that does not let references be written."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "with_for_update":
        return not {"key_share", "read"} & {keyword.arg for keyword in call.keywords}
    return any(k.arg == "with_for_update" and isinstance(k.value, ast.Constant) for k in call.keywords)


def what_is_locked(call: ast.Call) -> ast.expr | None:
    """What this call names: `of` what is asked for, or what is got or refreshed. None: whatever the query asks for."""
    return next((k.value for k in call.keywords if k.arg == "of"), call.args[0] if call.args else None)


def locked_whole(source: str) -> Iterator[str]:
    """The classes and tables others refer to that are locked as a whole in this module."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.Constant) and isinstance(function.value, str):
            yield from ({found["table"] for found in _STATEMENT.finditer(function.value)} & REFERRED) - OWN
        if not isinstance(function, ast.FunctionDef):
            continue
        body = [node for statement in function.body for node in ast.walk(statement)]
        if calls := [node for node in body if isinstance(node, ast.Call) and locks_whole(node)]:
            handed = {arg.arg: ast.unparse(arg.annotation) for arg in function.args.args if arg.annotation}
            locked = [what_is_locked(call) for call in calls]
            named = {handed.get(ast.unparse(one), ast.unparse(one)) for one in locked if one is not None}
            asked = None in locked  # of a query that was begun anywhere in the function
            yield from (named | ({node.id for node in body if isinstance(node, ast.Name)} if asked else set())) & CLASSES


@pytest.mark.parametrize(
    "path", [path for path in MODULES if "for_update" in path.read_text() or "FOR UPDATE" in path.read_text()], ids=name
)
def test_what_others_refer_to_is_locked_so_that_they_can(path: Path) -> None:
    found = set(locked_whole(path.read_text()))

    assert bool(found) == (name(path) in WHOLE), f"{found}: with_for_update(key_share=True), FOR NO KEY UPDATE, or a reason in WHOLE"


@pytest.mark.parametrize(
    "said",
    [
        "def f(s):\n    one = select(Campaign)\n    s.scalars(one.with_for_update(skip_locked=True))",
        "def f(s):\n    s.execute(select(PoolAlert, Campaign).with_for_update(of=Campaign))",
        "def f(s, row: Campaign):\n    s.refresh(row, with_for_update=True)",
        "def f(s, id):\n    s.get_one(Campaign, id, with_for_update=True)",
        "_LOCK = text('SELECT id FROM campaigns WHERE id = :id FOR UPDATE')",
    ],
)
def test_a_whole_lock_is_found(said: str) -> None:
    assert set(locked_whole(said)) <= {"Campaign", "campaigns"}
    assert set(locked_whole(said))
