"""What do people and programs hear while the database is away? That it is not their fault, nothing was changed, and when to ask again."""

import socket
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp import create_app


@pytest.fixture
def alone() -> Iterator[FlaskClient]:
    """The app beside a database that takes no connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql+psycopg://nobody@127.0.0.1:{taken.getsockname()[1]}/nothing?connect_timeout=2"
        app: Flask = create_app(SQLALCHEMY_DATABASE_URI=url, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        yield app.test_client()


def signed_in(client: FlaskClient) -> FlaskClient:
    with client.session_transaction() as cookie:
        cookie["word"] = "a session of before"
    return client


@pytest.mark.parametrize("path", ["/", "/sign-in", "/campaigns", "/nothing-here"])
def test_a_page_says_so(alone: FlaskClient, path: str) -> None:
    answer = signed_in(alone).get(path)

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "We cannot get at the data just now." in answer.text


def test_a_form_is_told_that_nothing_was_changed(alone: FlaskClient) -> None:
    answer = alone.post("/sign-in", data={"email": "ann@x.example", "password": "five words of a sentence"})

    assert answer.status_code == 503
    assert "Nothing was changed." in answer.text


def test_a_block_gets_a_toast(alone: FlaskClient) -> None:
    answer = signed_in(alone).get("/campaigns", headers={"HX-Request": "true"})

    assert answer.status_code == 503
    assert "HX-Trigger" in answer.headers or "We cannot get at the data" in answer.text


@pytest.mark.parametrize("call", [("POST", "/v1/publications"), ("GET", "/v1/customers/cust_1/redeemables")])
def test_a_program_gets_the_envelope(alone: FlaskClient, call: tuple[str, str]) -> None:
    headers = {"X-App-Id": "0" * 32, "X-App-Token": "1" * 32}
    answer = alone.open(call[1], method=call[0], headers=headers, json={} if call[0] == "POST" else None)

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["key"] == "service_unavailable"
    assert int(answer.headers["Retry-After"]) > 0
