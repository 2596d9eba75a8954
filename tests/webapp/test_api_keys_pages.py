"""API keys in Settings: made once, shown once, ended by whoever may."""

import re

from sqlalchemy.orm import Session

from domain.tables.workspace import ApiKey
from tests.webapp.api.given import a_campaign
from tests.webapp.conftest import Browser


def make(browser: Browser, **more: object) -> object:
    values = {"name": "Braze", "platform": "", "verbs": ["publish", "read"], "per_minute": "100"} | more
    return browser.post("/settings/keys/new", data=values)


def test_a_token_is_shown_once_and_opens_the_api(ada: Browser, session: Session) -> None:
    first, again = make(ada).text, ada.get("/settings/keys").text
    words = dict(re.findall(r"<dt>(X-App-\w+)</dt><dd><code[^>]*>([^<]+)<", first))

    assert "X-App-Token" in words
    assert words["X-App-Token"] not in again
    assert ada.get("/v1/publications", headers=words).status_code == 200


def test_a_revoked_key_disappears_and_opens_nothing(ada: Browser, session: Session) -> None:
    make(ada)
    key = session.query(ApiKey).one()

    ada.post(f"/settings/keys/{key.id}/revoke")

    assert key.revoked_at is not None
    assert "No program asks for codes yet" in ada.get("/settings/keys").text


def test_mistakes_come_back_beside_their_fields_with_what_was_typed(ada: Browser) -> None:
    answer = ada.htmx("/settings/keys/new", {"name": "", "platform": "", "verbs": "publish", "per_minute": "0", "addresses": "here"})

    assert answer.status_code == 422
    for words in ("Give the key a name", "at least one call", "is not an address", "here</textarea>"):
        assert words in answer.text


def test_marketers_see_the_keys_and_who_can_make_them(ann: Browser, ada: Browser) -> None:
    make(ada)
    page = ann.get("/settings/keys")
    assert "Braze" in page.text
    assert "Ada Lind can change connections" in page.text
    assert ann.get("/settings/keys/new").status_code == 403


def test_snippets_are_filled_in_for_the_chosen_campaign(ann: Browser, session: Session) -> None:
    a_campaign(session, "Autumn")
    winter = a_campaign(session, "Winter")

    page = ann.get(f"/settings/keys/snippets?campaign={winter.id}").text

    assert f"camp_{winter.id.hex}" in page
    assert "curl -X POST" in page
