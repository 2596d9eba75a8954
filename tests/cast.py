"""The cast: Dina agreed to everything, Eli to nothing, Finn has no phone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import settings
from domain.customers.consents import change, permissions
from domain.customers.profiles import customer_input
from domain.customers.profiles.create import create
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.tables.customers import Customer, Permission
from domain.tables.workspace import Project

ANN = Actor("user_ann", "Ann")


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test's uploads lie."""
    monkeypatch.setenv("LARGESSE_DATA", str(tmp_path))
    settings.current.cache_clear()
    yield tmp_path / "uploads"
    settings.current.cache_clear()


@pytest.fixture
def project(session: Session) -> Project:
    project = Project(
        id=1, brand="Maple & Rye", public_url="https://go.example", dial_code="GB", zone="Europe/London", updated_at=clock.now(session)
    )
    session.add(project)
    session.flush()
    return project


@pytest.fixture
def offers(session: Session, project: Project) -> Permission:
    return permissions.create(
        session, ANN, permissions.PermissionInput("Offers", "Offers and news", ["email", "sms"], "Write to me about offers.")
    )


@pytest.fixture
def add(session: Session, project: Project) -> Callable[..., Customer]:
    def add(details: dict[str, str] | None = None, **typed: str) -> Customer:
        return create(session, ANN, customer_input.read(session, typed, details))

    return add


@pytest.fixture
def dina(session: Session, add: Callable[..., Customer], offers: Permission) -> Customer:
    dina = add(name="Dina Okafor", email="dina@okafor.example", phone="+447700900123", source_id="crm-48213", city="Bristol", country="GB")
    change.give(session, ANN, [dina.id], offers, "by hand")
    return dina


@pytest.fixture
def eli(add: Callable[..., Customer]) -> Customer:
    return add(name="Eli Stone", email="eli@stone.example", phone="+447700900124", source_id="crm-2", city="Bath")


@pytest.fixture
def finn(add: Callable[..., Customer]) -> Customer:
    return add(name="Finn", email="finn@example.com", source_id="crm-3")
