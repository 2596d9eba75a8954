"""What the API says of itself is true: its OpenAPI document, the page of compatibility, and the commands of its page."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy.orm import Session

from domain.tables.customers import Customer
from domain.workspace.api_keys.create import Made
from tests.webapp.api.given import a_campaign
from tests.webapp.conftest import Browser
from webapp.api import reference
from webapp.api.description import compatibility
from webapp.api.operation import OPERATIONS, Operation

DOCS = Path(__file__).parents[3] / "docs" / "api"


def test_the_document_is_openapi_and_has_every_operation(client: Browser) -> None:
    told = client.get("/v1/openapi.json").json

    OpenAPIV31SpecValidator(told).validate()
    there = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    assert there == {(o.method, o.path) for o in OPERATIONS}
    for operation in OPERATIONS:
        said = told["paths"][operation.path][operation.method.lower()]
        assert {p["name"] for p in said["parameters"] if p["in"] == "query"} == set(operation.query.model_fields)
        assert said["summary"]


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own() -> None:
    assert all((o.run.__doc__ or "").strip() for o in OPERATIONS)
    assert len({o.name for o in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
def test_every_operation_is_told_on_the_page_of_the_api(operation: Operation) -> None:
    """By its method, too: a path may have several."""
    page = (DOCS / "README.md").read_text()
    told = {(method, reference.shape(path)) for method, path in re.findall(r"`([A-Z]+) ((?:/management)?/v1/[\w/{}.-]+)", page)}

    assert (operation.method, reference.shape(operation.path)) in told, (
        f"docs/api/README.md says nothing of {operation.method} {operation.path}"
    )


def test_the_page_of_compatibility_is_in_step() -> None:
    assert (DOCS / "compatibility.md").read_text() == compatibility.page(), "make api-docs writes it"


def test_the_first_minutes_of_the_page_work(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    a_campaign(session)
    dina.source_id = "c12923"
    commands = re.findall(r"^curl .*$", (DOCS / "README.md").read_text(), re.MULTILINE)
    codes = set()

    for command in commands:
        written = command.replace("APP-ID", key.key.app_id).replace("APP-TOKEN", key.token)
        method, url, headers, body, auth = "GET", "", {}, None, None
        words = iter(shlex.split(written)[1:])
        for word in words:
            match word:
                case "-X":
                    method = next(words)
                case "-H":
                    name, _, value = next(words).partition(": ")
                    headers[name] = value
                case "-d":
                    body = next(words)
                case "-u":
                    auth = tuple(next(words).split(":"))
                case _:
                    url = word.removeprefix("http://127.0.0.1:8000")
        answer = client.open(url, method=method, headers=headers, data=body, auth=auth)
        assert answer.status_code == 200, answer.json
        codes |= set(re.findall(r'"code":"([^"]+)"', answer.text))

    assert len(commands) == 3
    assert codes == {"AUT-0"}


@pytest.mark.parametrize("door", ["workers", "domain", "integrations"])
def test_only_the_web_process_imports_pydantic(door: str) -> None:
    """In an interpreter of its own: workers and the clock hold no more in memory than they need."""
    program = f"""
import importlib, pkgutil, sys
import {door}
for module in pkgutil.walk_packages({door}.__path__, "{door}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("pydantic", "pydantic_core", "webapp", "flask")))
"""
    said = subprocess.run((sys.executable, "-c", program), cwd=DOCS.parents[1], capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == "[]"
