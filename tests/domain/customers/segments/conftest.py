"""The cast of the segments: customers by name, a zone, and a short way to make segments."""

import datetime
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.customers import Customer, MetadataField
from domain.tables.workspace import Project

MakeCustomer = Callable[..., uuid.UUID]


@pytest.fixture
def project(session: Session) -> Project:
    found = session.get(Project, 1)
    if found is None:
        found = Project(id=1, updated_at=clock.now(session))
        session.add(found)
    found.zone = "Europe/Warsaw"
    session.flush()
    return found


@pytest.fixture
def customer(session: Session, project: Project) -> MakeCustomer:
    def make(name: str = "", /, **values: Any) -> uuid.UUID:
        row = Customer(typed_name=name, created_at=clock.now(session), updated_at=clock.now(session), **values)
        session.add(row)
        session.flush()
        return row.id

    return make


@pytest.fixture
def change(session: Session) -> Callable[..., None]:
    """Change a customer as an edit does: the row, and the mark that says which fact."""
    from domain.journal import changed_facts

    def edit(id: uuid.UUID, silent: bool = False, **values: Any) -> None:
        session.execute(update(Customer).where(Customer.id == id).values(**values))
        changed_facts.mark(session, [id], [f"customer.{key}" for key in values], silent=silent)

    return edit


def field(session: Session, key: str, type: str) -> None:
    """Register a metadata field."""
    session.add(MetadataField(noun="customer", key=key, type=type, created_at=clock.now(session)))
    session.flush()


def leaf(fact: str, how: str, value: Any = None) -> dict[str, Any]:
    return {"fact": fact, "is": how} if value is None else {"fact": fact, "is": how, "value": value}


def days(n: int) -> datetime.timedelta:
    return datetime.timedelta(days=n)
