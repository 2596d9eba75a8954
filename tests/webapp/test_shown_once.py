"""Secrets that are shown once stand in the answer to the post that made them, and nowhere else: no cookie, address or log."""

import logging
import re
from collections.abc import Callable

import pyotp
import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.kernel import clock
from domain.workspace.signing_in import password_hashing
from domain.workspace.signing_in import second_factor as factor
from tests.webapp.conftest import Browser, add_user

GOOD = "correct horse staple"


def with_password(ada: Browser, path: str) -> TestResponse:
    if not ada.user.password.startswith("$argon2"):
        ada.user.password = password_hashing.hashed(GOOD)
    return ada.post(f"/account/second-factor/{path}", data={"password": GOOD})


def with_factor(ada: Browser, session: Session) -> TestResponse:
    with_password(ada, "set-up")
    secret = factor.being_set_up(session, ada.user)
    return ada.post("/account/second-factor/switch-on", data={"code": pyotp.TOTP(secret or "").at(clock.now(session))})


MADE: dict[str, tuple[Callable[[Browser, Session], TestResponse], str]] = {
    "API token": (
        lambda ada, _: ada.post("/settings/keys/new", data={"name": "Shop", "platform": "", "verbs": ["read"], "per_minute": "9"}),
        r"X-App-Token</dt><dd><code[^>]*>([^<]+)<",
    ),
    "invitation": (
        lambda ada, _: ada.post("/settings/people/new", data={"name": "Cy", "email": "cy@x.example", "role": "viewer"}),
        r"/welcome/([\w-]+)<",
    ),
    "reset link": (
        lambda ada, session: ada.post(f"/settings/people/{add_user(session, 'Cy', 'viewer').id}/link"),
        r"/welcome/([\w-]+)<",
    ),
    "secret of a second factor": (lambda ada, _: with_password(ada, "set-up"), r'<code class="longword">([A-Z2-7 ]+)</code>'),
    "recovery code": (with_factor, r"\b((?:[2-9a-z]{4}-){3}[2-9a-z]{4})\b"),
    "signing secret": (
        lambda ada, _: ada.post("/connections/new/webhook", data={"name": "Shop", "f_url": "https://shop.example/hooks"}),
        r"(whsec_[^<\"]+)<",
    ),
}


@pytest.mark.parametrize("made", MADE)
def test_a_secret_stands_only_in_the_answer_to_its_post(
    made: str, ada: Browser, session: Session, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    save = SecureCookieSessionInterface.save_session

    def watched(self: SecureCookieSessionInterface, app: object, cookie: object, response: object) -> None:
        kept.append(str(dict(cookie)))
        save(self, app, cookie, response)

    monkeypatch.setattr(SecureCookieSessionInterface, "save_session", watched)
    post, pattern = MADE[made]
    with caplog.at_level(logging.DEBUG):
        answer = post(ada, session)
    found = re.search(pattern, answer.text)

    assert answer.status_code == 200
    assert found is not None
    assert answer.headers["Cache-Control"] == "no-store"
    secret = found[1]
    assert kept
    assert secret not in "".join(kept) + str(answer.headers) + answer.request.url + caplog.text
    assert secret not in ada.get("/").text + ada.get("/settings/keys").text + ada.get("/settings/people").text
