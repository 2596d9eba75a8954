"""The house itself: what must hold of every room, provider, page and document, asked of all of them at once."""

import ast
import dataclasses
import hashlib
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import alembic.autogenerate
import alembic.migration
import alembic.script
import pytest
import yaml
from sqlalchemy import Connection

import integrations.providers
import resources
import settings
from domain import tables
from domain.customers.profiles import fields
from domain.incentives.campaigns.kinds.catalogue import campaign_kinds
from domain.triggers import catalogue as triggers
from integrations.catalogue import providers
from tests.journeys.installation import ROOT
from webapp import create_app

FLOORS = ("webapp", "workers", "domain", "integrations")
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
MODULES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
DOCUMENTS = [
    path for path in sorted(ROOT.rglob("*.md")) if not {".venv", "var", "node_modules", ".git"} & set(path.relative_to(ROOT).parts)
]
PROVIDERS = [module.name for module in pkgutil.iter_modules(integrations.providers.__path__)]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_floors_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"

    said = subprocess.run((lint, "--no-cache"), cwd=ROOT, capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_answers_one_question_and_is_no_drawer(path: Path) -> None:
    text = path.read_text()

    assert path.stem not in DRAWERS
    assert ast.get_docstring(ast.parse(text)), "says at its top which question it answers"
    assert text.count("\n") <= 250 or path.stem == "contract", "has two ideas in it"


@pytest.mark.parametrize("key", PROVIDERS)
def test_a_provider_has_recordings_and_a_page(key: str) -> None:
    provider = importlib.import_module(f"integrations.providers.{key}").PROVIDER

    assert provider.key == key
    assert (ROOT / "docs" / "providers" / f"{key}.md").exists()
    assert list((ROOT / "tests" / "integrations").rglob(f"*{key}*")), "is tested against what the provider really says"


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_migration_that_a_document_names_is_there(path: Path) -> None:
    named = {number for group in re.findall(r"migrations? ((?:\d{4}(?:, )?)+)", path.read_text()) for number in group.split(", ")}

    assert named <= {file.name[:4] for file in (ROOT / "migrations" / "versions").glob("*.py")}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there.read_text()), target


PATH = re.compile(r"`((?:bench|deploy|docs|domain|integrations|migrations|static|templates|tests|webapp|workers)/[\w/.-]+\.\w+)`")
IMAGINED = ("acme", "largesse.egg-info")
"""What recipes tell about before it is made."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_file_that_a_document_names_is_there(path: Path) -> None:
    named = [one for one in PATH.findall(path.read_text()) if not any(word in one for word in IMAGINED)]

    assert [one for one in named if not (ROOT / one).exists()] == []


WALKS = re.findall(r"(?:^\|.*\n)+", (ROOT / "ARCHITECTURE.md").read_text().partition("## Three walks")[2], re.MULTILINE)


@pytest.mark.parametrize("walk", WALKS, ids=[re.findall(r"`(.+?)`", walk)[0] for walk in WALKS])
def test_a_reader_goes_from_door_to_door_in_a_dozen_files(walk: str) -> None:
    files = set(re.findall(r"`([\w/]+\.py)`", walk))

    assert 4 < len(files) <= 12


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_and_hashed_and_name_no_index(file: str) -> None:
    text = (ROOT / file).read_text()
    pins = re.findall(r"^(\S+?)==", text, re.MULTILINE)

    assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links)\b|https?://", text, re.MULTILINE)
    assert len(pins) > 20
    assert all(f"{pin}==" in text and "--hash=sha256:" in text.split(f"\n{pin}==")[-1].split("\n\n")[0] for pin in pins)


@pytest.mark.parametrize("setting", list(dataclasses.fields(settings.Settings)), ids=lambda s: s.name)
def test_every_setting_is_documented(setting: dataclasses.Field[object]) -> None:
    assert f"`{settings.variable(setting)}`" in (ROOT / "docs" / "operating" / "settings.md").read_text()


def test_only_the_settings_read_the_environment() -> None:
    readers = [name(path) for path in MODULES if re.search(r"os\.environ|os\.getenv", path.read_text())]

    assert readers == []


def test_json_from_outside_has_one_reader() -> None:
    ours = {"domain/customers/facts/values.py", "domain/kernel/secrets.py"} | {
        f"workers/processes/{n}.py" for n in ("children", "supervisor")
    }
    readers = {name(path) for path in MODULES if "json.loads" in path.read_text()}

    assert readers - ours == {"integrations/outside_json.py"}, "these read what we wrote ourselves; all else may be nested without end"


def test_migrations_stand_in_one_line() -> None:
    scripts = alembic.script.ScriptDirectory(str(ROOT / "migrations"))
    line = [script.revision for script in scripts.walk_revisions()]

    assert len(scripts.get_heads()) == 1
    assert line == sorted(line, reverse=True)


def test_models_and_migrations_agree(connection: Connection) -> None:
    context = alembic.migration.MigrationContext.configure(connection, opts={"compare_server_default": False})

    different = [one for one in alembic.autogenerate.compare_metadata(context, tables.metadata) if "index" not in str(one[0])]

    assert different == []


FACTS_OF_CUSTOMERS = {name for field in fields.FIELDS for name in (field.key, field.column)}
MAY_LIST_FACTS = {"domain/customers/profiles/fields.py", "domain/tables/customers.py", "domain/demo/customers.py"}
"""The table, its columns, and who makes customers up. Providers know what others call things."""


def _lists(tree: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Line and words of everything in a module that lists: texts in brackets, keys of dicts, and columns of customers side by side."""
    for node in ast.walk(tree):
        items: list[ast.expr] = []
        match node:
            case ast.List(elts=found) | ast.Tuple(elts=found) | ast.Set(elts=found) | ast.Call(args=found):
                items = list(found)
            case ast.Dict(keys=keys):
                items = [key for key in keys if key is not None]
        texts = {item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)}
        columns = {
            item.attr
            for item in items
            if isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name) and item.value.id == "Customer"
        }
        for words, most in ((texts, 2), (columns, 3)):
            if len(listed := words & FACTS_OF_CUSTOMERS) > most:
                yield getattr(node, "lineno", 0), listed


def test_facts_of_customers_are_listed_in_one_table_only() -> None:
    """A second list is where a new fact is forgotten."""
    modules = [path for path in MODULES if name(path) not in MAY_LIST_FACTS and name(path).split("/")[0] != "integrations"]
    guilty = {f"{name(path)}:{line} {sorted(words)}" for path in modules for line, words in _lists(ast.parse(path.read_text()))}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for brackets in re.findall(r"\[[^\[\]]*\]", path.read_text()):
            if len(listed := set(re.findall(r"['\"](\w+)['\"]", brackets)) & FACTS_OF_CUSTOMERS) > 2:
                guilty.add(f"{name(path)} {sorted(listed)}")

    assert guilty == set()


MAKES_CUSTOMERS = {
    "domain/customers/profiles/create.py",  # one, under a claim of its keys
    "domain/customers/imports/merging/merge.py",  # many, under the same claim
    "domain/demo/customers.py",  # into an empty installation
    "domain/distributions/preview/values.py",  # nobody: a sample that is never written
}
MADE = re.compile(r"(?<!class )\bCustomer\((?!Base|Identified)|insert\(Customer\)|INSERT INTO customers\b")


def test_nobody_else_makes_a_customer() -> None:
    """Whoever made one without asking for its keys would make people twice."""
    assert {name(path) for path in MODULES if MADE.search(path.read_text())} == MAKES_CUSTOMERS


@pytest.mark.parametrize("lock", sorted(ROOT.glob("**/vendor/VENDOR.lock")), ids=name)
def test_what_is_vendored_is_what_its_lock_says(lock: Path) -> None:
    for line in lock.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            file, *_, digest = line.split()
            there = lock.parent / file if (lock.parent / file).exists() else lock.parent.parent / file
            assert hashlib.sha256(there.read_bytes()).hexdigest() == digest, file


def test_templates_leave_style_and_behaviour_to_files() -> None:
    forbidden = re.compile(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\shx-on|\son[a-z]+=\"|javascript:")
    guilty = [name(path) for path in sorted((ROOT / "templates").rglob("*.html")) if forbidden.search(path.read_text())]

    assert guilty == []


def test_the_one_command_of_the_readme_is_what_machines_run() -> None:
    commands = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if not line.startswith("#")]
    shell = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "only"}
    steps = subprocess.run(("make", "--dry-run", "sure"), cwd=ROOT, env=shell, capture_output=True, text=True, check=True).stdout

    assert commands == ["set -eu", 'cd "$(dirname "$0")/.."', "exec make sure"]
    assert "\nmake sure\n" in (ROOT / "README.md").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    for step in ("ruff format --check", "ruff check", "mypy", "lint-imports", "djlint", "pytest -n", "--wheel"):
        assert step in steps, step


def test_make_help_names_every_word_of_the_makefile() -> None:
    words = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shown = subprocess.run(("make", "help"), cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert words
    assert re.findall(r"^  make (\S+)", shown, re.MULTILINE) == words[1].split()


def test_hooks_and_forms_of_the_repository_can_be_read_and_name_no_host() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    forms = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))]

    assert [repo["repo"] for repo in hooks] == ["local"]
    for hook in hooks[0]["hooks"]:
        assert hook["language"] == "system"
        assert (ROOT / hook["entry"].split()[0]).exists(), hook["entry"]
    assert len(forms) > 1
    assert all({"name", "description", "body"} <= form.keys() for form in forms if "blank_issues_enabled" not in form)


def test_the_newest_release_of_the_changelog_is_the_one_the_program_says() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert re.fullmatch(re.escape(resources.release()) + r" \(\d{4}-\d\d-\d\d\)", headings[1])


def _shown() -> list[tuple[str, str, str]]:
    """Module, template and block of every `show("…", "…")` in webapp."""
    found = []
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "show" and len(node.args) > 1:
                words = [a.value for a in node.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                if len(words) == 2:
                    found.append((path.relative_to(ROOT).as_posix(), *words))
    return found


@pytest.mark.parametrize(("module", "template", "block"), _shown())
def test_a_view_names_a_block_of_the_very_template_it_shows(module: str, template: str, block: str) -> None:
    """A block that only the parent declares cannot be rendered alone: htmx would get an error, and no page would show it."""
    source = (ROOT / "templates" / template).read_text()
    assert re.search(rf"{{%-?\s*block\s+{re.escape(block)}\b", source), f"{module}: {template} does not declare the block {block}"


def test_every_view_says_who_may() -> None:
    app = create_app(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://")
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if not any(getattr(view, mark, None) for mark in ("verb", "public", "skips_sign_in"))
    ]

    assert silent == []


PROGRAMS = sorted(path for kind in ("js", "css") for path in (ROOT / "static" / kind).rglob(f"*.{kind}"))
COMPARED = re.compile(r"""(?:[=!]==?|case|includes\(|\[value[*^$~|]?=)\s*\[?["']?([\w-]+)["']?""")
"""What a script compares with, and what a style chooses an element by."""


def keys_of_what_multiplies() -> set[str]:
    found = {*triggers.entries(), *triggers.actions(), *(kind.key for kind in campaign_kinds()), *(one.key for one in providers())}
    return found - {"message"}  # an event of browsers is called so, too


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_no_script_and_no_style_decides_by_a_key(path: Path) -> None:
    """What differs between triggers, actions, kinds and providers comes from the server, in an attribute."""
    assert set(COMPARED.findall(path.read_text())) & keys_of_what_multiplies() == set()


@pytest.mark.parametrize(
    "said",
    [
        'if (field.value === "manual") go();',
        "switch (key) { case 'smtp': }",
        '["x"].includes("codes")',
        '.x:has([value="promotion"]:checked)',
    ],
)
def test_a_script_that_decides_by_a_key_is_found(said: str) -> None:
    assert set(COMPARED.findall(said)) & keys_of_what_multiplies()
