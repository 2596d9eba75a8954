import pytest
from sqlalchemy.orm import Session

from tests.scenes import Scene
from tests.webapp.conftest import _app, ann, app, signed_in  # noqa: F401 - fixtures, asked for by name


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)
