"""What a person can do when something runs dry, goes out too early or comes too late."""

import datetime
import re
import zoneinfo
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from domain.kernel import clock
from tests.journeys.installation import Installation
from tests.scenes import Scene
from tests.sink import Running, Sink
from tests.visits.visitor import Visitor


@pytest.fixture(scope="module")
def relay(installation: Installation) -> Iterator[Sink]:
    with Running() as sink:
        ada = Visitor(installation.url, "ada")
        with installation.transaction() as session:
            scene = Scene(session)
            scene.segment("Everybody", scene.dina, scene.finn, scene.customer("Ida Holm", "ida@holm.example", agrees=True))
            scene.campaign("Scarce", codes=1)
        ada.goto("/connections/new/smtp")
        relay = {
            "f_host": "127.0.0.1",
            "f_port": str(sink.port),
            "f_security": ada.choice("None"),
            "f_signing": ada.choice("My relay signs"),
        }
        ada.press("Add this connection", relay, name="Relay")
        ada.goto("/settings/project")
        ada.press("Save the project", system_connection_id=ada.choice("Relay"), notice_addresses="office@maple-rye.example")
        yield sink


def state(installation: Installation, name: str, word: str) -> None:
    installation.until(lambda s: s.scalar(text("SELECT status FROM distributions WHERE name = :n"), {"n": name}) == word)


def to_summary(ann: Visitor, name: str, action: str = "message", campaign: str = "") -> Visitor:
    ann.goto("/distributions").press("New distribution")
    ann.press("Use this choice", name=name, pace="once").press("A segment$")
    ann.press("Continue to Action", segment=ann.choice("Everybody"))
    ann.press("Use this choice", action=action)
    ann.press("Continue to Channels", campaign=ann.choice(campaign) if campaign else [])
    ann.press("^Relay")
    words = "Your code: {{ voucher.code }}" if campaign else "Hello {{ customer.first_name }}"
    return ann.press("Continue to Summary", {"c1-subject": name, "c1-text": words})


def arrived(sink: Sink, subject: str) -> list[str]:
    return sorted(address for mail in sink.mails if subject in mail.message["subject"] for address in mail.recipients)


def test_a_dry_pool_pauses_tells_by_mail_and_in_the_app_and_goes_on_after_codes_were_added(
    ann: Visitor, relay: Sink, installation: Installation
) -> None:
    to_summary(ann, "Too few", "codes", "Scarce")
    assert "Only 1 code for 3 people" in ann.words
    ann.press("^Send 3 codes")
    installation.pass_time(minutes=11)
    state(installation, "Too few", "paused")
    installation.until(lambda _: arrived(relay, "Too few") == ["dina@okafor.example", "office@maple-rye.example"])
    here = urlsplit(ann.at).path

    assert "“Too few” has run out of codes" in Visitor(installation.url, "bo").goto("/").words
    told = relay.to("office@maple-rye.example")[0]
    notice = re.findall(r"https://maple-rye\.example(/notices/\S+)", told.body())[0]
    assert urlsplit(Visitor(installation.url, "bo").goto(notice).at).path == here
    assert "2 people wait; 0 codes are free now. Nobody is lost." in ann.goto().words
    assert "1 of 3 sent Accepted 1 Refused 0 Waiting 2 Codes left 0" in ann.words

    ann.follow("^Add codes").follow("^Add codes")
    ann.press("Add the codes", count="5")
    state(installation, "Too few", "done")
    everybody = ["dina@okafor.example", "finn@boyd.example", "ida@holm.example", "office@maple-rye.example"]
    assert arrived(relay, "Too few") == everybody
    codes = [re.findall(r"Your code: (\S+)", mail.body())[0] for mail in relay.mails if mail.message["subject"] == "Too few"]
    assert len(set(codes)) == 3
    assert "has run out of codes" not in ann.goto("/").words


def test_a_chosen_time_is_kept_and_held_edited_and_stopped_before_it(ann: Visitor, relay: Sink, installation: Installation) -> None:
    with installation.transaction() as session:
        at = (clock.now(session) + datetime.timedelta(minutes=40)).astimezone(zoneinfo.ZoneInfo("Europe/London"))
    to_summary(ann, "On time")
    ann.press("^Use$", chosen_at=f"{at:%Y-%m-%dT%H:%M}")
    ann.press(f"^Send .* at .*{at:%H:%M}")
    installation.pass_time(minutes=30)
    ann.goto().press("^Hold")
    assert "The countdown stands still." in ann.words
    ann.press("Let it go on").press("^Edit$")
    ann.goto(ann.at.rsplit("/", 1)[0] + "/channels").press("Continue to Summary", {"c1-subject": "On time, put right"})
    ann.press("Apply as version 2")
    assert not arrived(relay, "On time")
    installation.pass_time(minutes=11)
    state(installation, "On time", "done")
    assert arrived(relay, "On time") == arrived(relay, "put right") != []


def test_stop_is_final_and_sends_nothing(ann: Visitor, relay: Sink, installation: Installation) -> None:
    to_summary(ann, "Never")
    ann.press("^Send it to 3|^Send .* at").press("Stop, send nothing")
    installation.pass_time(minutes=11)
    assert "Stopped" in ann.goto().words
    assert not arrived(relay, "Never")


def test_what_is_an_hour_late_waits_for_a_person(ann: Visitor, relay: Sink, installation: Installation) -> None:
    to_summary(ann, "Late news")
    ann.press("^Send .* at")
    installation.pass_time(hours=3)
    state(installation, "Late news", "paused")
    installation.until(lambda _: len(arrived(relay, "Late news")) == 1)  # the mail to the notice address, and nobody else's
    ann.goto().press("It is still right, send now")
    state(installation, "Late news", "done")
    assert len(arrived(relay, "Late news")) == 4, "three people, and a mail to the notice address"
