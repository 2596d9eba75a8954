import pytest
from sqlalchemy.orm import Session

from tests.scenes import Scene


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)
