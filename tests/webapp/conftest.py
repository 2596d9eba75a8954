"""Browsers without a browser: Ann (marketer), Bo (viewer) and Ada (admin) signed in, and nobody, all on the rolled-back session."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.kernel import clock
from domain.tables.workspace import User
from domain.workspace.signing_in import sessions
from tests.cast import add, dina, eli, finn, offers, project, uploads  # noqa: F401 - fixtures, asked for by name
from webapp import create_app
from webapp.database import db


class Kept:
    """Stands where `db.session` stands: one session for the test and the app. What a view did not commit is lost, as it should be."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self) -> Session:
        return self._session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def remove(self) -> None:
        self._session.rollback()


class Browser(FlaskClient):
    """Commits what the test prepared before it asks (into the transaction that is undone after the test)."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.commit()
        return super().open(*args, **kwargs)

    def htmx(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """The same as htmx would ask: GET, or POST with `data`."""
        headers = {"HX-Request": "true", "HX-Request-Type": "partial"} | kwargs.pop("headers", {})
        return self.open(path, method="GET" if data is None else "POST", data=data, headers=headers, **kwargs)


@pytest.fixture(scope="session")
def _app(database_url: str) -> Flask:
    app = create_app(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://", WTF_CSRF_ENABLED=False, TESTING=True, PROPAGATE_EXCEPTIONS=False)
    app.test_client_class = Browser
    return app


@pytest.fixture
def app(_app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(db, "session", Kept(session))
    return _app


def add_user(session: Session, name: str, role: str) -> User:
    email, now = f"{name.split(maxsplit=1)[0].lower()}@maple-rye.example", clock.now(session)
    user = User(email=email, email_key=email, name=name, role=role, password="!", created_at=now, updated_at=now)
    session.add(user)
    session.flush()
    return user


@pytest.fixture
def signed_in(app: Flask, session: Session) -> Callable[[str, str], Browser]:
    """A browser of somebody: `signed_in("Ann Weber", "marketer")`."""

    def browser(name: str, role: str) -> Browser:
        user = add_user(session, name, role)
        word = sessions.begin(session, user)
        session.commit()
        client: Any = app.test_client()
        with client.session_transaction() as cookie:
            cookie["word"] = word
        client.user = user
        return client

    return browser


@pytest.fixture
def ann(signed_in: Callable[[str, str], Browser]) -> Browser:
    return signed_in("Ann Weber", "marketer")


@pytest.fixture
def bo(signed_in: Callable[[str, str], Browser]) -> Browser:
    return signed_in("Bo Lund", "viewer")


@pytest.fixture
def ada(signed_in: Callable[[str, str], Browser]) -> Browser:
    return signed_in("Ada Lind", "admin")


@pytest.fixture
def client(app: Flask) -> Iterator[Browser]:
    with app.app_context():
        yield app.test_client()
