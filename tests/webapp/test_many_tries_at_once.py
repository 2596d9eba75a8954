"""Fifty guesses at the same time are counted like fifty one after the other: no more than the free ones are judged."""

import datetime
import math
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.kernel import clock, secrets
from domain.tables.connections import Connection
from domain.tables.journal import OutgoingMail
from domain.tables.workspace import SecondFactor, Sender, User, current_project
from domain.workspace.signing_in import password_hashing, sessions, tries
from domain.workspace.signing_in import second_factor as factor
from settings import driver_url
from webapp import create_app

GOOD = "correct horse staple"
AT_ONCE = 50


@pytest.fixture
def door(committed: Engine, database_url: str) -> Flask:
    return create_app(SQLALCHEMY_DATABASE_URI=driver_url(database_url), WTF_CSRF_ENABLED=False, TESTING=True, PROPAGATE_EXCEPTIONS=False)


@pytest.fixture
def cy(committed: Engine) -> User:
    with Session(committed, expire_on_commit=False) as session:
        now = clock.now(session)
        user = User(email="cy@x.example", email_key="cy@x.example", name="Cy", role="viewer", created_at=now, updated_at=now)
        user.password = password_hashing.hashed(GOOD)
        session.add(user)
        current_project(session)
        session.flush()
        factor.begin(session, user, GOOD)
        secret = factor.being_set_up(session, user)
        assert secret is not None
        factor.confirm(session, user, pyotp.TOTP(secret).at(clock.now(session)))
        session.commit()
        return user


def judged(kind: str, found: Counter[Any], status: int) -> bool:
    """Whether as many were judged as are free, and one more for each wait that passed meanwhile on a slow machine."""
    free, passed = tries.LIMITS[kind].free, int(math.log2(found["seconds"] / 2 + 1))
    assert found[status] + found[429] + found[503] == AT_ONCE
    return free <= found[status] <= free + passed


def at_once(door: Flask, ask: Callable[[FlaskClient, int], int], waiting: str = "", signed_in: str = "") -> Counter[Any]:
    def one(number: int) -> int:
        client = door.test_client()
        with client.session_transaction() as cookie:
            cookie.update({key: word for key, word in (("waiting", waiting), ("word", signed_in)) if word})
        return ask(client, number)

    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found: Counter[Any] = Counter(pool.map(one, range(AT_ONCE)))
    found["seconds"] = int(time.monotonic() - began) + 1
    return found


def test_passwords(door: Flask, cy: User) -> None:
    found = at_once(door, lambda client, n: client.post("/sign-in", data={"email": cy.email, "password": f"guess {n}"}).status_code)

    assert judged("password", found, 422)


def test_passwords_of_many_accounts(door: Flask, cy: User) -> None:
    found = at_once(door, lambda client, n: client.post("/sign-in", data={"email": f"{n}@x.example", "password": "guess"}).status_code)

    assert judged("passwords of a range", found, 422)


@pytest.mark.parametrize(("kind", "typed"), [("code", "{:06}"), ("recovery code", "aaaa-aaaa-aaaa-{:04}")])
def test_codes(kind: str, typed: str, door: Flask, cy: User, committed: Engine) -> None:
    with Session(committed) as session:
        word = sessions.begin(session, session.get_one(User, cy.id), waits_for_code=True)
        session.commit()

    found = at_once(door, lambda client, n: client.post("/sign-in/code", data={"code": typed.format(n)}).status_code, waiting=word)

    assert judged(kind, found, 422)


def test_the_right_code_is_taken_once(door: Flask, cy: User, committed: Engine) -> None:
    with Session(committed) as session:
        word = sessions.begin(session, session.get_one(User, cy.id), waits_for_code=True)
        secret = secrets.decrypt(session.get_one(SecondFactor, cy.id).secret)["secret"]
        next_code = pyotp.TOTP(secret).at(clock.now(session) + datetime.timedelta(seconds=30))
        session.commit()

    found = at_once(
        door, lambda client, _: client.post("/sign-in/code", data={"code": next_code}).headers.get("Location") == "/", waiting=word
    )

    assert found[True] == 1


def test_one_time_links(door: Flask, cy: User) -> None:
    found = at_once(door, lambda client, n: client.get(f"/welcome/guess-{n}").status_code)

    assert judged("links of a range", found, 410)


def test_my_own_password(door: Flask, cy: User, committed: Engine) -> None:
    with Session(committed) as session:
        word = sessions.begin(session, session.get_one(User, cy.id))
        session.commit()
    data = {"old": "guess", "new": "five different words here"}

    found = at_once(door, lambda client, _: client.post("/account/password", data=data).status_code, signed_in=word)

    assert judged("own password", found, 422)


def test_mails_with_a_reset_link(door: Flask, cy: User, committed: Engine) -> None:
    with Session(committed) as session:
        connection = Connection(
            name="SMTP", name_key="smtp", provider="smtp", receipt_word="word", config={}, updated_at=clock.now(session)
        )
        connection.created_at = clock.now(session)
        session.add_all([connection, Sender(name="Us", email="us@x.example", is_default=True, created_at=clock.now(session))])
        session.flush()
        current_project(session).system_connection_id = connection.id
        session.commit()

    found = at_once(door, lambda client, _: client.post("/forgotten", data={"email": cy.email}).status_code)

    assert found[200] == AT_ONCE
    with Session(committed) as session:
        mails = session.scalar(select(func.count()).select_from(OutgoingMail)) or 0
    assert judged("forgotten", Counter({200: mails, 429: AT_ONCE - mails, "seconds": found["seconds"]}), 200)
