"""What a person sees when something went wrong: words, a remedy, a reference."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.errors import Refused, Stale
from tests.webapp.conftest import Browser, Kept
from webapp import create_app
from webapp.access import needs, public
from webapp.database import db


@pytest.fixture
def breaking(database_url: str, session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An app with addresses that go wrong in every way, and with tokens in its forms."""
    app: Flask = create_app(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://", PROPAGATE_EXCEPTIONS=False)
    app.test_client_class = Browser

    @app.get("/break/<int:code>")
    @public
    def code(code: int) -> str:
        abort(code)

    @app.get("/break/ours")
    @public
    def ours() -> str:
        raise RuntimeError("ann@maple-rye.example must not be on the page")

    @app.get("/break/stale")
    @public
    def stale() -> str:
        raise Stale("Bo", clock.now(session), what="Autumn <thank-you>")

    @app.get("/break/refused")
    @public
    def refused() -> str:
        raise Refused({"name": "Enter a name."})

    @app.post("/break/form")
    @public
    def form() -> str:
        return "taken"

    @app.get("/break/verb")
    @needs("launch")
    def verb() -> str:
        return "launched"

    monkeypatch.setattr(db, "session", Kept(session))
    return app.test_client()


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 422, 429, 500])
def test_every_error_is_a_page_of_ours_with_a_reference(breaking: Browser, code: int) -> None:
    response = breaking.get(f"/break/{code}")

    assert response.status_code == code
    assert response.headers["X-Request-Id"] in response.text
    assert re.search(r"<h1[^>]*>[^<]{10,}</h1>", response.text)
    assert "Werkzeug" not in response.text


def test_what_we_broke_says_nothing_of_what_was_inside(breaking: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    response = breaking.get("/break/ours")

    assert response.status_code == 500
    assert "it is our fault" in response.text
    assert "maple-rye" not in response.text
    assert response.headers["X-Request-Id"] in capsys.readouterr().err


def test_htmx_gets_a_toast_and_its_block_stays(breaking: Browser) -> None:
    response = breaking.htmx("/break/ours")

    assert response.status_code == 500
    assert response.text.startswith('<div id="toasts" hx-swap-oob="beforeend">')
    assert "toast--bad" in response.text
    assert response.headers["X-Request-Id"] in response.text


def test_who_saved_first_is_named_and_escaped(breaking: Browser) -> None:
    response = breaking.get("/break/stale")

    assert response.status_code == 409
    assert "Bo changed Autumn &lt;thank-you&gt; while you were editing." in response.text


def test_a_command_that_nobody_caught_is_told_in_its_words(breaking: Browser) -> None:
    response = breaking.get("/break/refused")

    assert (response.status_code, "Enter a name." in response.text) == (422, True)


def test_a_form_without_its_token_is_refused_in_words(breaking: Browser) -> None:
    response = breaking.post("/break/form")

    assert response.status_code == 400
    assert "This form is no longer valid." in response.text


def test_a_form_with_its_token_is_taken(breaking: Browser) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', breaking.get("/sign-in").text)
    assert token is not None

    assert breaking.post("/break/form", data={"csrf_token": token[1]}).text == "taken"
    assert breaking.post("/break/form", headers={"X-CSRFToken": token[1]}).text == "taken"


def test_the_wrong_method_is_told_in_words(breaking: Browser) -> None:
    response = breaking.get("/break/form")

    assert (response.status_code, "cannot be opened like that" in response.text) == (405, True)


def test_what_is_refused_before_any_page_is_logged_by_its_own_reference(breaking: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    breaking.application.config["WTF_CSRF_ENABLED"] = True
    try:
        for refuse in (lambda: breaking.get("/u/a%01b"), lambda: breaking.post("/break/form"), lambda: breaking.get("/sign-in?next=%00")):
            before = breaking.get("/break/404").headers["X-Request-Id"]
            capsys.readouterr()

            response = refuse()

            said = capsys.readouterr().err
            assert response.status_code in {400, 404}
            assert response.headers["X-Request-Id"] in said
            assert before not in said
    finally:
        breaking.application.config["WTF_CSRF_ENABLED"] = False
