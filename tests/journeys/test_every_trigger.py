"""Every trigger, chosen in a real browser: its tile, what it asks, what it says on the rail, and the actions that can follow it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from domain.distributions.draft.spec import Spec
from domain.triggers import catalogue
from domain.triggers.contract import Trigger
from tests.journeys.installation import Installation, started
from tests.journeys.tab import Tab
from tests.scenes import Scene

SEGMENT, CAMPAIGN, EVENT = "Regulars", "Spring", "cart_left"


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started() as installation:
        with installation.transaction() as session:
            scene = Scene(session)
            scene.segment(SEGMENT, scene.dina)
            scene.campaign(CAMPAIGN)
            scene.tier()
            scene.event(EVENT)
        yield installation


def segment(page: Page) -> None:
    page.get_by_label("Segment", exact=True).select_option(label=f"{SEGMENT} (1 member)")


def campaign(page: Page) -> None:
    page.get_by_label("Campaign", exact=True).select_option(label=CAMPAIGN)


def event(page: Page) -> None:
    page.get_by_label("Custom event", exact=True).select_option(label=EVENT)


def everybody_in_a_segment(page: Page) -> None:
    page.get_by_role("button", name="A segment", exact=True).click()
    segment(page)


MUST_BE_CHOSEN = {"audience": everybody_in_a_segment, "segment_id": segment, "trigger_campaign_id": campaign, "event_schema_id": event}
"""What a person does for a field that must be answered."""


CALLED = {"segment": SEGMENT, "campaign": CAMPAIGN, "custom event": EVENT}


@pytest.mark.parametrize("trigger", catalogue.triggers().values(), ids=lambda one: one.key)
def test_it_is_chosen_says_so_and_its_actions_follow(ann: Tab, trigger: Trigger) -> None:
    page = ann.page
    ann.goto("/distributions")
    page.get_by_role("button", name="New distribution").first.click()
    page.locator("#pace-live" if trigger.live else "#pace-once").check()
    if trigger.live:
        page.locator(f"#trigger-{trigger.key}").check()
    expect(page.get_by_text(trigger.about).first).to_be_visible()
    for field in [field for field in trigger.asks if field in MUST_BE_CHOSEN][:1]:
        MUST_BE_CHOSEN[field](page)
    ann.settled(f"wizard-trigger-{trigger.key}")
    page.get_by_role("button", name="Continue to Action").click()

    expect(page.get_by_role("heading", name="What do they get?")).to_be_visible()
    _, name = trigger.brief(Spec(trigger=trigger.key, audience="segment"), lambda noun, _: CALLED[noun])
    expect(page.get_by_role("navigation", name="Steps")).to_contain_text(name)
    for action in catalogue.actions().values():
        expect(page.locator(f"#action-{action.key}")).to_have_count(int(action.key in trigger.actions))
