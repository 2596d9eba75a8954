"""Coming in: sign-in, one-time links, my account."""

import re

import pytest
from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

import settings
from domain.tables.workspace import User, UserSession
from domain.workspace.people import one_time_links
from domain.workspace.signing_in import password_hashing, sessions
from tests.webapp.conftest import Browser, add_user
from webapp import create_app

GOOD = "correct horse staple"


@pytest.fixture
def cy(session: Session) -> User:
    user = add_user(session, "Cy Young", "viewer")
    user.password = password_hashing.hashed(GOOD)
    return user


def test_who_signs_in_goes_where_they_wanted(client: Browser, cy: User) -> None:
    response = client.post("/sign-in", data={"email": cy.email, "password": GOOD, "next": "/account"})

    assert (response.status_code, response.headers["Location"]) == (303, "/account")
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert "SameSite=Lax" in response.headers["Set-Cookie"]
    assert "Cy Young" in client.get("/account").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/sign-in"])
def test_nobody_is_sent_elsewhere_after_signing_in(client: Browser, cy: User, elsewhere: str) -> None:
    response = client.post("/sign-in", data={"email": cy.email, "password": GOOD, "next": elsewhere})

    assert response.headers["Location"] == "/"


def test_a_wrong_password_is_told_like_an_unknown_account(client: Browser, cy: User) -> None:
    wrong = client.post("/sign-in", data={"email": cy.email, "password": "nope"})
    unknown = client.post("/sign-in", data={"email": "nobody@x.example", "password": "nope"})

    assert wrong.status_code == unknown.status_code == 422
    assert "do not belong together" in wrong.text
    assert "do not belong together" in unknown.text


def test_signing_out_ends_the_session_and_not_only_the_cookie(client: Browser, cy: User, session: Session) -> None:
    client.post("/sign-in", data={"email": cy.email, "password": GOOD})
    with client.session_transaction() as cookie:
        word = cookie["word"]

    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert sessions.session_of(session, word) is None


def test_a_link_shows_who_it_is_for_and_signs_in_once(client: Browser, session: Session) -> None:
    new = add_user(session, "New Person", "viewer")
    new.password = ""
    path = "/welcome/" + one_time_links.make(session, new, "invite").rpartition("/")[2]

    assert "Welcome, New Person" in client.get(path).text
    assert client.post(path, data={"name": "New Person", "new": "short"}).status_code == 422
    assert client.post(path, data={"name": "Nina", "new": GOOD}).headers["Location"] == "/"
    assert "Nina" in client.get("/account").text
    assert client.get(path).status_code == 410


def test_without_account_mail_the_page_says_who_makes_reset_links(client: Browser, cy: User) -> None:
    assert "An admin can make a reset link" in client.post("/forgotten", data={"email": cy.email}).text


def test_a_browser_of_mine_can_be_signed_out_and_not_one_of_others(ann: Browser, bo: Browser, session: Session) -> None:
    other = sessions.begin(session, ann.user)
    row = session.scalars(select(UserSession).order_by(UserSession.id.desc())).first()
    assert row is not None

    bo.post(f"/account/browsers/{row.id}/sign-out")
    assert sessions.session_of(session, other) is not None

    ann.post(f"/account/browsers/{row.id}/sign-out")
    assert sessions.session_of(session, other) is None
    assert ann.get("/account").status_code == 200


def test_signing_out_the_others_keeps_this_browser(ann: Browser, session: Session) -> None:
    other = sessions.begin(session, ann.user)

    ann.post("/account/browsers/sign-out")

    assert sessions.session_of(session, other) is None
    assert ann.get("/account").status_code == 200


def test_my_own_password_asks_for_the_old_one(ann: Browser, session: Session) -> None:
    ann.user.password = password_hashing.hashed(GOOD)

    wrong = ann.post("/account/password", data={"old": "nope", "new": "five different words here"})
    right = ann.post("/account/password", data={"old": GOOD, "new": "five different words here"})

    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    assert right.status_code == 303


def test_the_theme_is_a_choice_of_mine(ann: Browser) -> None:
    assert "data-theme" not in ann.get("/").text

    ann.post("/account/theme", data={"theme": "dark", "back": "/account"})

    assert re.search(r'<html lang="en" data-theme="dark">', ann.get("/").text)


def test_times_are_shown_in_my_zone(ann: Browser) -> None:
    response = ann.post("/account", data={"name": "Ann Weber", "zone": "Asia/Tokyo"})

    assert response.status_code == 303
    assert "JST" in ann.get("/account").text
    assert ann.post("/account", data={"name": "Ann", "zone": "Mars/Olympus"}).status_code == 422


def test_the_visitors_address_is_believed_from_as_many_proxies_as_are_ours(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("LARGESSE_PROXIES", "1")
    settings.current.cache_clear()
    app = create_app(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://")
    settings.current.cache_clear()
    seen: list[str | None] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(request.remote_addr))

    app.test_client().get("/sign-in", headers={"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}, environ_base={"REMOTE_ADDR": "10.0.0.1"})

    assert seen == ["203.0.113.7"]
