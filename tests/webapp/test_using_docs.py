"""The pages for those who use it: every place of the navigation has one, and what they lead to is there."""

import re
from pathlib import Path

import pytest

from resources import CODE
from webapp.shell.navigation import PLACES, SETTINGS

USING = CODE / "docs" / "using"
INDEX = (USING / "README.md").read_text()


@pytest.mark.parametrize("label", [place.label for place in (*PLACES, *SETTINGS)])
def test_every_place_of_the_navigation_is_described(label: str) -> None:
    assert re.search(rf"^\| \*\*{re.escape(label)}\*\* \|.*\]\(\S+\.?\S*\) \|$", INDEX, re.MULTILINE), (
        f"docs/using/README.md does not lead to {label}"
    )


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", sorted(USING.rglob("*.md")), ids=lambda page: page.relative_to(USING).as_posix())
def test_its_links_lead_somewhere(page: Path) -> None:
    for address, anchor in re.findall(r"\]\(([^)#\s:]*)(?:#([^)\s]*))?\)", page.read_text()):
        target = (page.parent / address).resolve() if address else page
        assert target.exists(), f"{page.name} leads to {address}, which is not there"
        assert not anchor or anchor in anchors(target), f"{page.name}: {target.name} has no heading #{anchor}"


def test_every_page_is_in_the_list() -> None:
    alone = {page.name for page in USING.glob("*.md")} - {"README.md"}
    assert {name for name in alone if f"({name}" not in INDEX} == set()
