import pytest
from sqlalchemy.orm import Session

from domain.tables.distributions import Distribution
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.by_forms import with_channel


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


@pytest.fixture
def row(ann: Browser, scene: Scene, session: Session) -> Distribution:
    """A draft that sends a code of a campaign by mail."""
    return with_channel(ann, scene, session, "email")
