"""The shell: headers, references, static files, errors, who may."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.webapp.conftest import Browser
from webapp.security import HEADERS
from webapp.shell import static

TEMPLATES = Path("templates")


def test_every_page_carries_the_policy_and_a_reference(ann: Browser, client: Browser) -> None:
    for response in (ann.get("/"), client.get("/sign-in"), client.get("/nowhere"), client.get("/healthz")):
        for name, value in HEADERS.items():
            assert response.headers[name] == value
        assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", response.headers["X-Request-Id"])


@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.html")), ids=str)
def test_a_template_breaks_no_policy(file: Path) -> None:
    text = file.read_text()

    assert not re.search(r"\sstyle\s*=", text), "style attributes are blocked by the policy"
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", text), "inline scripts are blocked by the policy"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "handlers are blocked by the policy"
    assert "hx-on" not in text
    assert not re.search(r"hx-[a-z:-]+=[\"']js:", text)
    assert not re.search(r"hx-trigger=[\"'][^\"']*\[", text), "filters of triggers need eval"
    assert not re.search(r"from:(find|closest|next|previous) ", text), 'unquoted, htmx never hears it: from:"find input"'
    assert "|safe" not in text.replace(" ", ""), "escape, or build Markup in Python"


def test_a_stranger_is_led_to_the_sign_in_and_back(client: Browser) -> None:
    response = client.get("/account?x=1")

    assert response.status_code == 303
    assert response.headers["Location"] == "/sign-in?next=/account?x%3D1"


def test_htmx_of_a_stranger_replaces_nothing_on_the_page(client: Browser) -> None:
    response = client.htmx("/account")

    assert response.status_code == 401
    assert response.headers["HX-Reswap"] == "none"


def test_every_view_says_who_may_use_it(app: Flask) -> None:
    silent = [name for name, view in app.view_functions.items() if not hasattr(view, "verb") and not hasattr(view, "public")]

    assert silent == [], "decorate with needs(verb) or public"


def test_an_unknown_address_is_told_in_words_with_a_reference(ann: Browser) -> None:
    response = ann.get("/nowhere")

    assert response.status_code == 404
    assert "There is nothing at this address." in response.text
    assert response.headers["X-Request-Id"] in response.text


def test_static_files_are_kept_for_ever_under_the_address_of_their_content(client: Browser) -> None:
    digest = static.digest()

    kept = client.get(f"/static/{digest}/css/app.css")
    old = client.get("/static/0000000000/css/app.css")

    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert old.headers["Cache-Control"] == "no-cache"
    assert f"/static/{digest}/css/app.css" in client.get("/sign-in").text


def test_what_others_wrote_is_named_with_its_digest() -> None:
    import hashlib

    for line in Path("static/vendor/VENDOR.lock").read_text().splitlines():
        if not line.startswith("#"):
            path, digest = line.split()[0], line.split()[-1]
            assert hashlib.sha256((Path("static") / path).read_bytes()).hexdigest() == digest, path


def test_a_form_sent_after_the_session_was_over_is_kept_on_the_page(client: Browser) -> None:
    sent = {"name": "Dina <Okafor>", "note": "two\nlines", "csrf_token": "old"}
    response = client.post("/customers/new?x=1", data=sent, headers={"Sec-Fetch-Site": "same-origin"})

    assert response.status_code == 401
    assert "nothing was saved" in response.text
    assert 'action="/customers/new?x=1"' in response.text
    assert '<textarea hidden name="name">\nDina &lt;Okafor&gt;</textarea>' in response.text
    assert '<textarea hidden name="note">\ntwo\nlines</textarea>' in response.text
    assert 'value="old"' not in response.text


def test_what_another_site_sends_or_what_is_secret_is_kept_nowhere(client: Browser) -> None:
    for headers, fields in (
        ({"Sec-Fetch-Site": "cross-site"}, {"name": "Mallory"}),
        ({"Sec-Fetch-Site": "same-origin"}, {"password": "x"}),
    ):
        response = client.post("/account/password", data=fields, headers=headers)

        assert response.status_code == 303
        assert "Mallory" not in response.text


def test_a_page_can_ask_whether_it_is_still_signed_in(ann: Browser, client: Browser) -> None:
    assert ann.htmx("/account/session").json["name"] == "Ann Weber"
    assert client.htmx("/account/session").status_code == 401
