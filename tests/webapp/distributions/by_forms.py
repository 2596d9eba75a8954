"""How do tests fill in a draft? By the forms that a browser sends, with and without htmx."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.kernel.base import Prefix, outside
from domain.tables.distributions import Distribution
from tests.webapp.conftest import Browser


def url(row: Distribution, rest: str = "") -> str:
    return f"/distributions/{outside(Prefix.DISTRIBUTION, row.id)}" + (f"/{rest}" if rest else "")


def only(session: Session) -> Distribution:
    return session.scalars(select(Distribution)).one()


def send(browser: Browser, session: Session, row: Distribution, step: str, do: str, htmx: bool = False, **fields: Any) -> TestResponse:
    """Send a step as its form does."""
    session.refresh(row)
    data = {"name": row.name, "row_version": row.row_version, "do": do, **fields}
    if htmx:
        return browser.htmx(url(row, step), data)
    return browser.post(url(row, step), data=data)
