"""The field map of a platform, door to door: names are changed, one is missing there, and everybody's code arrives at the platform."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.integrations.peer import Peer, answering
from tests.integrations.recordings import mailchimp
from tests.integrations.replies import Reply, Seen
from tests.journeys.installation import Installation, started
from tests.journeys.tab import Look, Tab
from tests.journeys.test_wizard import saved
from tests.scenes import Scene

FIELDS = ["VCODE", "VWORTH"]
WRITTEN: list[dict[str, str]] = []


def answer(seen: Seen) -> Reply:
    if seen.method == "GET":
        return 200, {}, json.dumps({"id": "a6b5da1054", "merge_fields": [{"tag": tag} for tag in FIELDS]}).encode()
    WRITTEN.extend(one["merge_fields"] for one in json.loads(seen.body)["members"])
    return mailchimp.members(seen, [], "success")


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with answering(answer) as peer:
        yield peer


@pytest.fixture(scope="module")
def installation(peer: Peer) -> Iterator[Installation]:
    with started() as installation:
        with installation.transaction() as session:
            scene = Scene(session)
            scene.segment("Lapsed regulars", scene.dina, scene.finn)
            scene.campaign("Autumn", codes=30)
            scene.connection("Our audience", "mailchimp", config=mailchimp.settings(peer.url))
        yield installation


def test_codes_are_mapped_to_merge_fields_and_written(open_tab: Callable[..., Tab], installation: Installation, look: Look) -> None:
    ann = open_tab("ann")
    page = ann.page
    WRITTEN.clear()
    FIELDS[:] = ["VCODE", "VWORTH"]
    ann.goto("/distributions")
    page.get_by_role("button", name="New distribution").first.click()
    page.get_by_label("Name of the distribution").fill(f"To the audience {look.width}")
    page.get_by_role("radio", name="Once, by hand").check()
    page.get_by_role("button", name="A segment", exact=True).click()
    page.get_by_label("Segment", exact=True).select_option(label="Lapsed regulars (2 members)")
    page.get_by_role("button", name="Continue to Action").click()
    page.get_by_role("radio", name="Send and publish unique codes").check()
    page.get_by_role("radio", name="Autumn").check()
    page.get_by_role("button", name="Continue to Channels").click()
    page.get_by_role("button", name="Our audience, Merge fields of contacts").click()

    expect(page.get_by_text("The audience has no merge field VUNTIL.")).to_be_visible()
    expect(page.get_by_text("*|VCODE|*")).to_be_visible()
    ann.settled("wizard-field-map")
    page.reload()

    page.get_by_role("textbox", name="Code", exact=True).fill("no good")
    expect(page.get_by_text("A merge tag has up to 10 characters").first).to_be_visible()
    page.get_by_role("textbox", name="Code", exact=True).fill("VCODE")
    saved(page)
    FIELDS.append("VUNTIL")
    installation.pass_time(seconds=6)
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("Everything is there at Mailchimp")).to_be_visible()
    page.get_by_role("button", name="Continue to Summary").click()
    page.get_by_role("button", name=re.compile("^Send 2 codes")).click()
    expect(page.get_by_role("heading", name=f"To the audience {look.width}")).to_be_visible()
    installation.pass_time(minutes=11)
    installation.until(lambda _: len(WRITTEN) == 2)
    assert {frozenset(one) for one in WRITTEN} == {frozenset({"VCODE", "VWORTH", "VUNTIL"})}


def test_the_map_works_without_scripts(open_tab: Callable[..., Tab], look: Look) -> None:
    ann = open_tab("ann", javascript=False)
    page = ann.page
    FIELDS[:] = ["VCODE", "VWORTH", "VUNTIL", "CITY"]
    ann.goto("/distributions")
    page.get_by_role("button", name="New distribution").first.click()
    page.get_by_role("radio", name="Once, by hand").check()
    page.get_by_role("button", name="Continue to Action").click()
    page.get_by_role("link", name="Action").click()
    page.get_by_role("radio", name="Send and publish unique codes").check()
    page.get_by_role("button", name="Continue to Channels").click()
    page.get_by_role("link", name="Channels").click()
    page.get_by_role("button", name="Our audience, Merge fields of contacts").click()
    page.get_by_label("Another value").select_option(label="City")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("textbox", name="City").fill("CITY")
    page.get_by_role("button", name="Check again").click()

    expect(page.get_by_role("textbox", name="City")).to_have_value("CITY")
    expect(page.get_by_text("Everything is there at Mailchimp")).to_be_visible()
    expect(page.get_by_text("*|CITY|*")).to_be_visible()
