"""The same form from two tabs, two people or two clicks at once: one is taken, the other is told in words, and nothing breaks."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.workspace import User, current_project
from domain.workspace.signing_in import sessions
from settings import driver_url
from tests.servers import somebody_waits
from webapp import create_app
from webapp.database import db

FORMS = {
    "campaigns": ("/campaigns/new", {"name": "Autumn", "type": "percent", "percent": "15", "length": "8", "count": "0"}),
    "permissions": ("/settings/permissions/new", {"name": "News", "purpose": "News", "channels": "email", "wording": "Yes."}),
    "connections": ("/connections/new/sandbox", {"name": "Here"}),
    "segments": ("/segments/new-list", {"name": "Regulars", "addresses": "dina@example.com", "source": "paste"}),
    "customers": ("/customers/new", {"email": "dina@example.com", "source_id": "d-1"}),
    "users": ("/settings/people/new", {"name": "Cy", "email": "cy@example.com", "role": "viewer"}),
}
"""Table whose rows have a name of their own -> where one is made, and what is typed."""


@pytest.fixture
def door(committed: Engine, database_url: str) -> Flask:
    return create_app(SQLALCHEMY_DATABASE_URI=driver_url(database_url), WTF_CSRF_ENABLED=False, TESTING=True, PROPAGATE_EXCEPTIONS=False)


@pytest.fixture
def word(committed: Engine) -> str:
    """What the browser of an administrator keeps."""
    with Session(committed) as session:
        now = clock.now(session)
        ada = User(email="ada@x.example", email_key="ada@x.example", name="Ada", role="admin", created_at=now, updated_at=now)
        session.add(ada)
        current_project(session)
        session.flush()
        made = sessions.begin(session, ada)
        session.commit()
        return made


@contextlib.contextmanager
def side_by_side(engine: Engine, table: str) -> Iterator[None]:
    """Nobody makes a row of this table before a second one has seen that there is none, too."""
    both, waited = threading.Barrier(2), threading.local()

    def wait(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(f"INSERT INTO {table} ") and not getattr(waited, "done", False):
            waited.done = True
            with contextlib.suppress(threading.BrokenBarrierError):  # where one lock lets one look at a time
                both.wait(1)

    event.listen(engine, "before_cursor_execute", wait)
    yield
    event.remove(engine, "before_cursor_execute", wait)


def test_one_is_taken_and_the_other_is_told_in_words(door: Flask, committed: Engine, word: str) -> None:
    def send(path: str, typed: dict[str, str]) -> int:
        client = door.test_client()
        with client.session_transaction() as cookie:
            cookie["word"] = word
        return client.post(path, data=typed).status_code

    found = {}
    with door.app_context():
        engine = db.engine
    for table, (path, typed) in FORMS.items():
        with side_by_side(engine, table), ThreadPoolExecutor(2) as pool:
            found[table] = sorted(pool.map(lambda _, where=path, what=typed: send(where, what), range(2)))

    assert found == {table: [200, 422] if table == "users" else [303, 422] for table in FORMS}
    with Session(committed) as session:
        for table in FORMS:
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 1 + (table == "users"), table


def test_two_who_wait_for_each_other_are_asked_once_more(door: Flask, committed: Engine, word: str) -> None:
    with Session(committed) as session:
        now = clock.now(session)
        ben = User(email="ben@x.example", email_key="ben@x.example", name="Ben", role="admin", created_at=now, updated_at=now)
        session.add(ben)
        session.commit()
        first, last = session.scalars(select(User.id).order_by(User.id)).all()
    client = door.test_client()
    with client.session_transaction() as cookie:
        cookie["word"] = word

    with Session(committed) as other, ThreadPoolExecutor(1) as pool:
        other.execute(text("SET LOCAL deadlock_timeout = '60s'"))  # it is never the one that is cut off
        other.get(User, last, with_for_update=True)
        typed = {"name": "Ada of Bristol", "role": "admin", "row_version": "1"}
        sent = pool.submit(client.post, f"/settings/people/{first}", data=typed)
        while not somebody_waits(committed):
            assert not sent.done(), sent.result().text
        other.get(User, first, with_for_update=True)
        other.commit()

        assert sent.result(60).status_code == 303
