"""What customers may ask for works at once: no more messages, nothing to an address, everything held, everything forgotten."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import text

from tests.journeys.installation import Installation
from tests.scenes import Scene
from tests.sink import Running, Sink
from tests.visits.visitor import Visitor


@pytest.fixture(scope="module")
def relay(installation: Installation) -> Iterator[Sink]:
    with Running() as sink:
        with installation.transaction() as session:
            scene = Scene(session)
            ida = scene.customer("Ida Holm", "ida@holm.example", agrees=True)
            scene.segment("Everybody", scene.dina, scene.finn, ida)
            scene.campaign("Plenty", codes=100)
        ada = Visitor(installation.url, "ada").goto("/connections/new/smtp")
        relay = {
            "f_host": "127.0.0.1",
            "f_port": str(sink.port),
            "f_security": ada.choice("None"),
            "f_signing": ada.choice("My relay signs"),
        }
        ada.press("Add this connection", relay, name="Relay")
        yield sink


def send(ann: Visitor, installation: Installation, name: str) -> None:
    ann.goto("/distributions").press("New distribution")
    ann.press("Use this choice", name=name, pace="once").press("A segment$")
    ann.press("Continue to Action", segment=ann.choice("Everybody"))
    ann.press("Use this choice", action="codes")
    ann.press("Continue to Channels", campaign=ann.choice("Plenty"))
    ann.press("^Relay")
    ann.press("Continue to Summary", {"c1-subject": name, "c1-text": "{{ voucher.code }}"}).press("^Send .* at")
    installation.pass_time(minutes=11)


def over(installation: Installation, name: str) -> None:
    installation.until(lambda s: s.scalar(text("SELECT status FROM distributions WHERE name = :n"), {"n": name}) == "done")


def test_rights(ann: Visitor, ada: Visitor, relay: Sink, installation: Installation) -> None:
    """One walk: who unsubscribes, is suppressed or erased while messages wait in the queue gets none of them."""
    send(ann, installation, "First")
    over(installation, "First")
    link = urlsplit(re.findall(r"<(https?://[^>]+)>", relay.to("dina@okafor.example")[0].message["List-Unsubscribe"])[0]).path
    ada.goto("/connections").follow("Relay").press("^Pause")
    send(ann, installation, "Second")
    installation.until(lambda s: s.scalar(text("SELECT count(*) FROM recipients WHERE waits")) == 3)

    assert requests.post(installation.url + link, data={"List-Unsubscribe": "One-Click"}, timeout=60).ok
    never = Visitor(installation.url, "ann").goto("/settings/permissions/never")
    never.press("Never write to it again", kind="email", address="finn@boyd.example", why="asked on the phone")
    bo = Visitor(installation.url, "bo").goto("/customers").follow("Ida Holm")
    assert "Erase this customer" not in bo.words
    Visitor(installation.url, "ann").goto("/customers").follow("Ida Holm").press("Erase this customer", typed="erase")
    ada.goto().press("^Resume|go on")
    over(installation, "Second")

    assert [mail.message["Subject"] for mail in relay.mails] == ["First"] * 3
    ann.goto()
    assert "0 of 0 sent, 3 left out" in ann.words
    assert "Accepted 0 Refused 0 Waiting 0" in ann.words
    assert all(words in ann.words for words in ("Unsubscribed from this", "Address suppressed", "Erased"))
    dina = ann.goto("/customers").follow("Dina Okafor")
    assert "Did not get Second" in dina.words
    assert "unsubscribed from this" in dina.words
    assert "opted_out" not in dina.page.text
    held = dina.follow("Everything we hold").page.json()
    assert "dina@okafor.example" in str(held)
    assert "ida@holm.example" not in ann.goto("/customers").page.text


def test_commands_of_every_area_left_a_row(ada: Visitor, relay: Sink, installation: Installation) -> None:
    ada.goto("/settings/people/new").press("Invite", name="Cy Reed", email="cy@example.com", role="viewer")
    welcome = re.findall(r"https?://[^\s<]+(/welcome/[^\s<]+)", ada.words)[0]
    cy = Visitor(installation.url).goto(welcome).press("Choose the password", new="a long and good password")
    assert "Cy Reed" in cy.words
    assert "You may not" in cy.goto("/campaigns/new", status=403).words
    ada.goto("/settings/people")
    ada.goto("/settings/audit")
    for command in ("launch distribution", "create distribution", "add connection", "pause connection", "erase customer", "invite person"):
        assert command in ada.words, ada.words[:900]
