"""What journeys stand on: an installation of their own, a browser, and a tab for each of the cast."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import chromium
from tests.journeys.installation import PASSWORD, Installation, started
from tests.journeys.tab import WIDTHS, Look, Tab

LAUNCH = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE = 60_000
"""Milliseconds after which a walk gives up waiting for something. It is no promise of speed: others may be busy, too."""
LOOKS = (Look("light", 1280), Look("dark", 390))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Journeys are marked, and left out by name where there is no browser."""
    missing = pytest.mark.skip(reason="journey left out: no Chromium here (set CHROMIUM, or install one)")
    for item in items:
        if "tests/journeys/" in item.path.as_posix():
            item.add_marker(pytest.mark.journey)
            if not chromium.found():
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        expect.set_options(timeout=PATIENCE)
        browser = play.chromium.launch(executable_path=chromium.found(), args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """An empty one, for all walks of a module."""
    with started() as installation:
        yield installation


@pytest.fixture(params=LOOKS, ids=lambda look: look.name)
def look(request: pytest.FixtureRequest) -> Look:
    """A walk is done twice: on a desk in the light, and on a phone in the dark."""
    look: Look = request.param
    return look


@pytest.fixture
def open_tab(browser: Browser, installation: Installation, look: Look, request: pytest.FixtureRequest) -> Iterator[Callable[..., Tab]]:
    """`open_tab()` for nobody, `open_tab("ann")` signed in, `open_tab("ann", javascript=False)`. Fails the test if a tab found problems."""
    tabs: list[Tab] = []

    def opened(who: str = "", *, javascript: bool = True) -> Tab:
        context = browser.new_context(
            viewport={"width": look.width, "height": WIDTHS[look.width]},
            color_scheme=look.theme,
            reduced_motion="reduce",
            java_script_enabled=javascript,
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        tabs.append(Tab(context.new_page(), look, installation.url, request.config.getoption("--screenshots")))
        if who:
            tabs[-1].sign_in(f"{who}@example.com", PASSWORD)
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.page.context.close()
    problems = [problem for tab in tabs for problem in tab.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture
def ann(open_tab: Callable[..., Tab]) -> Tab:
    """A tab of the marketer."""
    return open_tab("ann")


@pytest.fixture
def ada(open_tab: Callable[..., Tab]) -> Tab:
    """A tab of the administrator."""
    return open_tab("ada")


@pytest.fixture
def bo(open_tab: Callable[..., Tab]) -> Tab:
    """A tab of the viewer."""
    return open_tab("bo")
