"""Every page there is, found by following links from Home as an administrator of the bakery, and looked at in every way."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from domain.tables.journal import Job
from tests.journeys.installation import Installation, started
from tests.journeys.tab import Look, Tab

NOT_PAGES = re.compile(r"\.(csv|json|png|svg|txt|dump)$|^/(sign-out|static|receipts|u|q)/|/(export|download|codes\.csv|frame)")
MOST = 90


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started(demo=True) as installation:
        installation.until(lambda session: not session.scalars(select(Job.id).where(Job.state.in_(("queued", "running")))).all(), 60)
        yield installation


@pytest.fixture
def look() -> Look:
    return Look("light", 1280)


def kind(path: str) -> str:
    """What is the same for all pages of one kind: their path with ids taken out."""
    path = re.sub(r"[a-z]+_[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}", "one", urlsplit(path).path)
    return re.sub(r"/+", "-", path.strip("/")) or "home"


def test_every_page_holds(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("ada")
    seen: dict[str, str] = {"home": "/"}
    waiting = ["/"]

    while waiting:
        path = waiting.pop(0)
        reply = tab.page.goto(tab.url + path)
        assert reply is not None
        if reply.status != 200:
            tab.problems.append(f"{path} answers {reply.status}")
            continue
        tab.settled(kind(path))
        for link in links(tab):
            if kind(link) not in seen and len(seen) < MOST:
                seen[kind(link)] = link
                waiting.append(link)

    assert len(seen) > 8, seen
    print("\n".join(f"{name}: {path}" for name, path in seen.items()))


def links(tab: Tab) -> list[str]:
    """Links of this page to other pages of this installation."""
    anchors = "main a[href]:not([download]), nav a[href]:not([download])"
    found: list[str] = tab.page.eval_on_selector_all(anchors, "all => all.map(one => one.href)")
    paths = [urlsplit(link)._replace(scheme="", netloc="", fragment="").geturl() for link in found if link.startswith(tab.url)]
    return [path for path in paths if not NOT_PAGES.search(urlsplit(path).path)]
