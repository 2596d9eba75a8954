"""What is drawn stands in the web application: no icon, path or HTML in the domain, and no path put together by hand in a template."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from domain.kernel import public_paths
from tests.journeys.installation import ROOT

ICONS = frozenset(re.findall(r'<symbol[^>]* id="([\w-]+)"', (ROOT / "static" / "icons.svg").read_text()))
CONTRACT = {"domain/triggers", "domain/incentives/campaigns/kinds", "domain/messages/blocks"}
"""A trigger, an action, a kind of campaign and a block of a mail carry the name of their icon by contract, as a provider does."""
OUTSIDE = ROOT / "domain" / "kernel" / "public_paths.py"
"""The one table of paths in what leaves the house (mails, pictures, what a provider is told): routes are declared with its rows."""
HTML_MAILS = (
    "domain/messages/blocks/", "domain/messages/mail/", "domain/messages/layout.py", "domain/messages/liquid/escaping.py",
    "domain/distributions/preflight/checks.py",
)  # fmt: skip
"""A mail is made of HTML; these write it, make it harmless, or look into it."""
PATH = re.compile(r"(?:^|(?<=[\s}\"'(]))/[a-z][a-z_-]*(?:/|$)")
TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s+[a-z-]+=|\s*/?>)")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts(path: Path) -> Iterator[ast.Constant]:
    """Every text of a module but docstrings: those stand alone in a statement."""
    tree = ast.parse(path.read_text())
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


DOMAIN = sorted((ROOT / "domain").rglob("*.py"))


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_the_domain_draws_nothing(path: Path) -> None:
    found = list(texts(path))
    paths = [node.value for node in found if PATH.search(node.value) and path != OUTSIDE]
    tags = [] if path == OUTSIDE or name(path).startswith(HTML_MAILS) else [node.value for node in found if TAG.search(node.value)]
    names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    names |= {
        node.target.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }

    assert paths == [], "a path: url_for or page_of in webapp says where something lies"
    assert tags == [], "HTML: templates have it"
    assert not names & {"href", "url_for"}
    if not any(name(path).startswith(room) for room in CONTRACT):
        assert not {"icon", "icons", "ICONS"} & names
        assert [node.value for node in found if "-" in node.value and node.value in ICONS] == [], "an icon: presenters have it"


def test_what_leaves_the_house_leads_into_it(app: Flask) -> None:
    doors = {rule.rule for rule in app.url_map.iter_rules()}
    rows = [row.rule for row in vars(public_paths).values() if isinstance(row, public_paths.PublicPath)]

    assert len(rows) > 5
    assert set(rows) <= doors


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=name)
def test_a_template_asks_where_a_page_lies(path: Path) -> None:
    assert re.findall(r'(?:href|action|formaction|hx-get|hx-post)="/[a-z][^"]*"', path.read_text()) == []
