"""Signing in with a second factor, and the project that asks everybody for one."""

import datetime
import re

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables import workspace
from domain.tables.journal import Audit
from domain.tables.workspace import User
from domain.workspace.people import one_time_links
from domain.workspace.signing_in import password_hashing
from domain.workspace.signing_in import second_factor as factor
from tests.webapp.conftest import Browser, add_user

GOOD = "correct horse staple"


@pytest.fixture
def cy(session: Session) -> User:
    user = add_user(session, "Cy Young", "viewer")
    user.password = password_hashing.hashed(GOOD)
    return user


def later(session: Session, seconds: float) -> None:
    clock.shift(session, datetime.timedelta(seconds=seconds))
    session.info.pop("now", None)


def code(session: Session, secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now(session))


def switched_on(session: Session, user: User) -> tuple[str, list[str]]:
    factor.begin(session, user, GOOD)
    secret = factor.being_set_up(session, user)
    assert secret is not None
    codes = factor.confirm(session, user, code(session, secret))
    later(session, 60)
    return secret, codes


def test_it_is_set_up_from_my_account(client: Browser, cy: User, session: Session) -> None:
    client.post("/sign-in", data={"email": cy.email, "password": GOOD})
    assert "your password alone lets you in" in client.get("/account").text
    wrong = client.post("/account/second-factor/set-up", data={"password": "nope"})
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text

    scan = client.post("/account/second-factor/set-up", data={"password": GOOD})
    assert "data:image/svg+xml" in scan.text
    key = re.search(r'<code class="longword">([A-Z2-7 ]+)</code>', scan.text)
    assert key is not None
    secret = key[1].replace(" ", "")
    assert secret not in client.get("/account/second-factor").text
    assert client.post("/account/second-factor/switch-on", data={"code": "12"}).status_code == 422
    on = client.post("/account/second-factor/switch-on", data={"code": code(session, secret)})

    assert "Your second factor is on" in on.text
    assert len(re.findall(r"\b(?:[2-9a-z]{4}-){3}[2-9a-z]{4}\b", on.text)) >= factor.RECOVERY_CODES
    assert "10 recovery codes left" in client.get("/account/second-factor").text


def test_the_password_alone_signs_nobody_in(client: Browser, cy: User, session: Session) -> None:
    secret, _ = switched_on(session, cy)

    after = client.post("/sign-in", data={"email": cy.email, "password": GOOD, "next": "/account"})
    assert after.headers["Location"] == "/sign-in/code"
    assert client.get("/account").headers["Location"].startswith("/sign-in")
    assert 'autocomplete="one-time-code"' in client.get("/sign-in/code").text
    assert client.post("/sign-in/code", data={"code": "nonsense"}).status_code == 422
    in_ = client.post("/sign-in/code", data={"code": code(session, secret)})

    assert in_.headers["Location"] == "/account"
    assert "Cy Young" in client.get("/account").text
    assert client.get("/sign-in/code").headers["Location"] == "/sign-in"


def test_a_recovery_code_lets_in_once(client: Browser, cy: User, session: Session) -> None:
    _, codes = switched_on(session, cy)
    answers = []
    for _ in range(2):
        client.post("/sign-in", data={"email": cy.email, "password": GOOD})
        answers.append(client.post("/sign-in/code", data={"code": codes[0]}).status_code)
        client.post("/sign-out")

    assert answers == [303, 422]


def test_a_reset_link_does_not_go_round_the_second_factor(client: Browser, cy: User, session: Session) -> None:
    switched_on(session, cy)
    path = "/welcome/" + one_time_links.make(session, cy, "reset").rpartition("/")[2]

    assert client.post(path, data={"new": "five different words here"}).headers["Location"] == "/sign-in/code"
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("typed", ["000000", "aaaa-aaaa-aaaa-aaaa"], ids=["codes", "recovery codes"])
def test_codes_cannot_be_guessed_for_long(typed: str, client: Browser, cy: User, session: Session) -> None:
    switched_on(session, cy)
    client.post("/sign-in", data={"email": cy.email, "password": GOOD})
    statuses = [client.post("/sign-in/code", data={"code": typed}).status_code for _ in range(7)]

    assert statuses == [422] * 5 + [429] * 2


def test_where_the_project_asks_for_it_everybody_sets_it_up_first(ann: Browser, session: Session) -> None:
    workspace.current_project(session).second_factor_required = True

    assert ann.get("/customers").headers["Location"] == "/account/second-factor"
    assert ann.htmx("/customers").headers["HX-Redirect"] == "/account/second-factor"
    assert "asks everybody" in ann.get("/account/second-factor").text
    assert ann.post("/account/theme", data={"theme": "dark"}).headers["Location"] == "/account/second-factor"
    user = ann.user
    user.password = password_hashing.hashed(GOOD)
    switched_on(session, user)

    assert ann.get("/customers").status_code == 200
    assert "cannot be switched off" in ann.get("/account/second-factor").text


def test_an_administrator_signs_out_and_resets_and_both_are_audited(ada: Browser, client: Browser, cy: User, session: Session) -> None:
    secret, _ = switched_on(session, cy)
    client.post("/sign-in", data={"email": cy.email, "password": GOOD})
    client.post("/sign-in/code", data={"code": code(session, secret)})
    assert client.get("/account").status_code == 200

    ada.post(f"/settings/people/{cy.id}/sign-out")
    assert client.get("/account").status_code == 303
    assert "Reset the second factor of Cy Young?" in ada.get(f"/settings/people/{cy.id}").text
    ada.post(f"/settings/people/{cy.id}/second-factor/reset")

    assert client.post("/sign-in", data={"email": cy.email, "password": GOOD}).headers["Location"] == "/"
    commands = [row.command for row in session.scalars(select(Audit).order_by(Audit.id))]
    assert commands[-2:] == ["sign person out", "reset second factor"]


@pytest.mark.parametrize("path", ["sign-out", "second-factor/reset"])
def test_only_who_manages_people_may(path: str, ann: Browser, cy: User) -> None:
    assert ann.post(f"/settings/people/{cy.id}/{path}").status_code == 403
