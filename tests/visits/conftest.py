"""What visits stand on: an installation of their own, and its people without a browser."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.journeys.installation import Installation, started
from tests.visits.visitor import Visitor


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """An empty one, for all visits of a module."""
    with started() as installation:
        yield installation


@contextmanager
def visiting(installation: Installation, name: str) -> Iterator[Visitor]:
    """One who hangs up at the end: the web server waits two seconds for lines that are kept open."""
    visitor = Visitor(installation.url, name)
    try:
        yield visitor
    finally:
        visitor.browser.close()


@pytest.fixture
def ann(installation: Installation) -> Iterator[Visitor]:
    with visiting(installation, "ann") as visitor:
        yield visitor


@pytest.fixture
def ada(installation: Installation) -> Iterator[Visitor]:
    with visiting(installation, "ada") as visitor:
        yield visitor


@pytest.fixture
def bo(installation: Installation) -> Iterator[Visitor]:
    with visiting(installation, "bo") as visitor:
        yield visitor
