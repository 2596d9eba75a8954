"""The wizard, door to door: with scripts, without them, and what can be done while the countdown runs; messages arrive in the sandbox."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.tables.distributions import Distribution
from domain.tables.sending import Delivery
from tests.journeys.installation import Installation, started
from tests.journeys.tab import Look, Tab
from tests.scenes import Scene


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started() as installation:
        with installation.transaction() as session:
            scene = Scene(session)
            scene.segment("Lapsed regulars", scene.dina, scene.eli, scene.finn)
            scene.segment("New members", scene.dina)
            for width in (1280, 390):
                scene.campaign(f"Autumn {width}", codes=30)
                scene.campaign(f"Small {width}", codes=1)
        yield installation


def named(session: Session, name: str) -> Distribution:
    return session.scalars(select(Distribution).where(Distribution.name == name)).one()


def to_channels(page: Page, name: str, campaign: str) -> None:
    """A new draft, up to its channels."""
    page.get_by_role("button", name="New distribution").first.click()
    page.get_by_label("Name of the distribution").fill(name)
    page.get_by_role("radio", name="Once, by hand").check()
    page.get_by_role("button", name="A segment", exact=True).click()
    page.get_by_label("Segment", exact=True).select_option(label="Lapsed regulars (3 members)")
    page.get_by_role("button", name="Continue to Action").click()
    page.get_by_role("radio", name="Send and publish unique codes").check()
    page.get_by_role("radio", name=campaign).check()
    page.get_by_role("button", name="Continue to Channels").click()
    page.get_by_role("button", name="Sandbox, Mail").click()
    expect(page.get_by_label("Subject")).to_be_visible()


def saved(page: Page) -> None:
    expect(page.locator("#saved-word")).to_contain_text(re.compile(r"Saved \d\d:\d\d:\d\d"))


def test_a_distribution_is_built_looked_at_and_sent(open_tab: Callable[..., Tab], installation: Installation, look: Look) -> None:
    ann = open_tab("ann")
    page, name = ann.page, f"Thank-you {look.width}"
    ann.goto("/distributions")
    page.get_by_role("button", name="New distribution").first.click()
    expect(page.get_by_role("heading", name="What starts it, and who gets it?")).to_be_visible()
    ann.settled("wizard-trigger")
    ann.goto("/distributions")
    to_channels(page, name, f"Autumn {look.width}")

    page.get_by_label("Subject").fill("For you, {{ customer.nickname }}")
    expect(page.locator("#c1-subject-slot")).to_contain_text("There is no variable {{ customer.nickname }}.")
    page.get_by_label("Subject").fill("For you, ")
    page.get_by_role("button", name="first name").first.click()
    expect(page.get_by_label("Subject")).to_have_value("For you, {{ customer.first_name | default: 'there' }}")
    expect(page.locator("#preview-c1 .mailpic__head b")).to_have_text("For you, Dina")
    saved(page)
    ann.settled("wizard-channels")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator(".toast").last).to_contain_text("The test is on its way to")

    page.get_by_role("button", name="Continue to Summary").click()
    expect(page.locator(".sentence")).to_contain_text("2 people in Lapsed regulars who agreed to Offers and news each get one code")
    expect(page.get_by_role("link", name="no permission")).to_be_visible()
    ann.settled("wizard-summary")
    box, height = page.get_by_role("button", name=re.compile("Send 2 codes at")).bounding_box(), page.viewport_size
    assert box is not None
    assert height is not None
    assert box["y"] + box["height"] <= height["height"], "the button stands below the fold"
    page.get_by_role("button", name=re.compile("Send 2 codes at")).click()

    expect(page.get_by_role("timer")).to_be_visible()
    ann.settled("distribution-countdown")
    page.get_by_role("button", name="Hold").click()
    expect(page.get_by_text("The countdown stands still.", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Let it go on").click()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Subject").fill("Changed in time")
    page.get_by_role("button", name="Continue to Summary").click()
    page.get_by_role("button", name="Apply as version 2").click()
    expect(page.get_by_role("timer")).to_be_visible()
    page.get_by_role("link", name="Versions 2").click()
    expect(page.locator("ins")).to_have_text("Changed in time")

    installation.pass_time(minutes=11)
    installation.until(lambda session: named(session, name).status == "done")
    with installation.transaction() as session:
        row = named(session, name)
        sent = session.scalars(select(Delivery).where(Delivery.distribution_id == row.id, Delivery.state == "accepted")).all()
    assert len(sent) == 2
    assert {d.version for d in sent} == {2}


def test_everything_works_without_scripts(open_tab: Callable[..., Tab], installation: Installation, look: Look) -> None:
    ann = open_tab("ann", javascript=False)
    page, name = ann.page, f"No scripts {look.width}"
    ann.goto("/distributions")
    page.get_by_role("button", name="New distribution").first.click()
    page.get_by_label("Name of the distribution").fill(name)
    page.get_by_role("radio", name="Once, by hand").check()
    page.get_by_role("button", name="Use this choice").click()
    page.get_by_role("button", name="One customer").click()
    page.get_by_label("Who?").fill("dina")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio", name="Dina Okafor").check()
    page.get_by_role("button", name="Continue to Action").click()
    page.get_by_role("button", name="Continue to Channels").click()
    expect(page.locator(".summary")).to_contain_text("Choose what people get.")
    page.get_by_role("radio", name="Send a plain message").check()
    page.get_by_role("button", name="Continue to Channels").click()
    page.get_by_role("button", name="Sandbox, Mail").click()
    page.get_by_label("Message").first.fill("Hello {{ customer.first_name }}!")
    page.get_by_role("button", name="Continue to Summary").click()
    expect(page.locator(".sentence")).to_contain_text("Dina Okafor, if they agreed to Offers and news, gets a message, by email.")
    page.get_by_role("button", name=re.compile("Send it to Dina Okafor at")).click()
    page.get_by_role("button", name="Stop, send nothing").click()

    expect(page.get_by_role("heading", name=name)).to_contain_text("Stopped")
    with installation.transaction() as session:
        assert named(session, name).status == "stopped"


def test_when_codes_run_out_it_pauses_tells_and_goes_on(open_tab: Callable[..., Tab], installation: Installation, look: Look) -> None:
    ann = open_tab("ann")
    page, name = ann.page, f"Too few {look.width}"
    ann.goto("/distributions")
    to_channels(page, name, f"Small {look.width}")
    page.get_by_role("button", name="Continue to Summary").click()
    expect(page.get_by_text("Only 1 code for 2 people")).to_be_visible()
    page.get_by_role("button", name=re.compile("Send 2 codes at")).click()
    expect(page.get_by_role("timer")).to_be_visible()
    installation.pass_time(minutes=11)
    installation.until(lambda session: named(session, name).pause_reason == "no_codes")
    page.reload()
    expect(page.get_by_role("heading", name="Out of codes", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Add codes")).to_be_visible()
    ann.settled("distribution-out-of-codes")
    ann.goto("/distributions?view=needs")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    ann.settled("distributions")
