"""Dina and the key of a shop, for every test of the API."""

import pytest
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.base import new_id
from domain.tables.customers import Customer
from domain.workspace.api_keys.create import Made, make


@pytest.fixture
def dina(session: Session) -> Customer:
    now = clock.now(session)
    dina = Customer(id=new_id(), source_id="c1", typed_name="Dina Okafor", email="dina@okafor.example", created_at=now, updated_at=now)
    session.add(dina)
    session.flush()
    return dina


@pytest.fixture
def key(session: Session) -> Made:
    return make(session, SYSTEM, "Shop")
