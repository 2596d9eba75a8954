"""The kinds of campaigns that every test is asked of, a throw-away one among them; browsers; the key of a shop."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import tests.kinds
from domain.incentives.campaigns import kinds as room
from domain.incentives.campaigns.kinds import catalogue
from domain.incentives.campaigns.kinds.contract import CampaignKind
from domain.kernel.actor import SYSTEM
from domain.workspace.api_keys.create import Made, make
from tests.cast import add, dina, offers, project  # noqa: F401 - fixtures, asked for by name
from tests.webapp.conftest import _app, ann, app, client, signed_in  # noqa: F401 - fixtures, asked for by name

THROW_AWAY = "sample_card"
KEYS = [kind.key for kind in catalogue.campaign_kinds()]


@pytest.fixture
def sample_card(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:  # noqa: F811 - a fixture
    """A kind of the tests' own: its module and its template lie beside the others, and nothing else is changed."""
    folder = Path(tests.kinds.__file__).parent
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(folder)])
    monkeypatch.setattr(app.jinja_loader, "searchpath", [*app.jinja_loader.searchpath, str(folder / "templates")])
    catalogue.forget()
    module = importlib.import_module(f"{room.__name__}.{THROW_AWAY}")
    module.forget()
    yield module
    monkeypatch.undo()
    catalogue.forget()


@pytest.fixture(params=[*KEYS, THROW_AWAY])
def kind(request: pytest.FixtureRequest) -> CampaignKind:
    """Each kind there is, and one that was just added."""
    if request.param == THROW_AWAY:
        request.getfixturevalue("sample_card")
    return catalogue.campaign_kind(request.param)


@pytest.fixture
def shop_key(session: Session) -> Made:
    return make(session, SYSTEM, "Shop")
