"""What visits stand on: an installation of their own, and its people without a browser."""

from collections.abc import Iterator

import pytest

from tests.journeys.installation import Installation, started
from tests.visits.visitor import Visitor


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """An empty one, for all visits of a module."""
    with started() as installation:
        yield installation


@pytest.fixture
def ann(installation: Installation) -> Visitor:
    return Visitor(installation.url, "ann")


@pytest.fixture
def ada(installation: Installation) -> Visitor:
    return Visitor(installation.url, "ada")


@pytest.fixture
def bo(installation: Installation) -> Visitor:
    return Visitor(installation.url, "bo")
