"""Segments, door to door: built with nested groups, changed with the difference in sight, and following an edit within two seconds."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from domain.journal import changed_facts
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer, Segment
from domain.tables.journal import Event
from tests.journeys.installation import Installation
from tests.journeys.tab import Tab


def _people(installation: Installation, tag: str) -> dict[str, str]:
    """Customers of this walk only, with their outside ids."""
    ids = {}
    with installation.transaction() as session:
        now = clock.now(session)
        for name, city in (("Dina", "Bristol"), ("Eli", "Bath"), ("Finn", "York")):
            one = Customer(typed_name=f"{name} {tag}", city=city, region=tag, country="United Kingdom", created_at=now, updated_at=now)
            session.add(one)
            session.flush()
            changed_facts.mark(session, [one.id], [changed_facts.EVERYTHING])
            ids[name] = outside(Prefix.CUSTOMER, one.id)
    return ids


def _leaf(page: Page, path: str, fact: str, how: str, value: str) -> None:
    page.locator(f"[name='rules-{path}-fact']").select_option(label=fact)
    expect(page.locator(f"[name='rules-{path}-is']")).to_be_visible()
    page.locator(f"[name='rules-{path}-is']").select_option(label=how)
    page.locator(f"[name='rules-{path}-value']").fill(value)


def test_a_segment_is_built_changed_and_follows_an_edit(ann: Tab, installation: Installation) -> None:
    tag = f"walk {ann.look.name}"
    people = _people(installation, tag)
    page = ann.page
    ann.goto("/segments")
    page.get_by_role("link", name="New segment").first.click()
    page.get_by_label("Name", exact=True).fill(f"Near {tag}")
    _leaf(page, "0", "Region", "is one of", tag)
    page.get_by_role("button", name="Group", exact=True).click()
    expect(page.locator("[name='rules-1.0-fact']")).to_be_focused()
    _leaf(page, "1.0", "City", "is one of", "Bristol, Bath")
    page.locator("#rules-1").get_by_role("button", name="Condition", exact=True).click()
    _leaf(page, "1.1", "City", "starts with", "nowhere")
    expect(page.locator("#crowd")).to_contain_text(re.compile(r"2\s*members"))
    expect(page.locator("#crowd")).to_contain_text("and (city is one of Bristol or Bath, or city starts with nowhere)")
    ann.settled("segment-builder")

    page.get_by_role("button", name="Make the segment").click()
    expect(page.locator("#state")).to_contain_text("Current as of")
    expect(page.locator("#members")).to_contain_text(f"Dina {tag}")
    ann.settled("segment")
    address = page.url

    ann.goto(f"/customers/{people['Finn']}/edit")
    page.get_by_label("City").fill("Bristol")
    page.get_by_role("button", name="Save").first.click()
    installation.until(lambda session: _entered(session, f"Finn {tag}"))

    page.goto(address)
    expect(page.locator("body")).to_contain_text(f"Finn {tag} entered")
    page.get_by_role("link", name="Change", exact=True).click()
    page.locator("[name='rules-1.0-value']").fill("Bath")
    expect(page.locator("#crowd")).to_contain_text(re.compile(r"Would leave\s*2"))
    ann.settled("segment-change")
    page.get_by_role("button", name="Apply the change").click()
    expect(page.locator("#state")).to_contain_text(re.compile(r"1\s*member"))

    page.get_by_role("link", name="Why").first.click()
    ann.settled("segment-why")
    ann.goto("/segments")
    ann.settled("segments")


def _entered(session, name: str) -> bool:
    who = select(Customer.id).where(Customer.name == name)
    return bool(session.scalar(select(func.count()).select_from(Event).where(Event.customer_id.in_(who), Event.kind.endswith("entered"))))


def test_what_is_typed_while_the_builder_is_drawn_anew_is_kept(ann: Tab) -> None:
    page = ann.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    ann.goto("/segments/new")
    page.locator("[name='rules-0-fact']").select_option(label="City")
    comparison = page.locator("[name='rules-0-is']")
    expect(comparison).to_be_visible()
    page.route("**/segments/rules*", hold)

    comparison.select_option(label="is one of")
    page.locator("[name='rules-0-value']").press_sequentially("Bri")
    _wait_for(page, held, 1)
    held.pop().continue_()
    expect(page.locator("textarea[name='rules-0-value']")).to_be_focused()
    page.keyboard.type("stol")
    expect(page.locator("[name='rules-0-value']")).to_have_value("Bristol")

    comparison.select_option(label="starts with")
    page.get_by_role("button", name="Condition", exact=True).click()
    _wait_for(page, held, 2)
    held.pop().continue_()
    expect(page.locator("[name='rules-1-fact']")).to_be_focused()
    held.pop().continue_()
    page.unroute("**/segments/rules*")
    page.locator("[name='rules-1-fact']").select_option(label="Region")
    expect(page.locator("[name='rules-1-is']")).to_be_visible()
    expect(page.locator("[name='rules-0-value']")).to_have_value("Bristol")


def _wait_for(page: Page, held: list[Route], count: int) -> None:
    """Until so many requests are held."""
    while len(held) < count:
        page.wait_for_timeout(20)


def test_nonsense_is_told_and_a_list_is_pasted(ann: Tab, installation: Installation) -> None:
    tag = f"list {ann.look.name}"
    _people(installation, tag)
    page = ann.page
    ann.goto("/segments/new")
    page.locator("[name='rules-0-fact']").select_option(label="City")
    page.get_by_role("button", name="Make the segment").click()
    expect(page.get_by_role("alert")).to_contain_text("2 things to put right")
    expect(page.get_by_role("alert")).to_be_focused()
    ann.settled("segment-refused")

    ann.goto("/segments/new-list")
    page.get_by_label("Name", exact=True).fill(f"By hand {tag}")
    page.get_by_label("Paste").fill("nobody@example.com")
    page.get_by_label("Search customers").press_sequentially(f"dina {tag}")
    page.get_by_label(f"Dina {tag}").check()
    page.get_by_role("button", name="Make the list").click()
    expect(page.get_by_role("alert")).to_contain_text("1 line names nobody")
    ann.settled("segment-list-not-found")
    page.get_by_role("button", name="Make it with the 1 person found").click()
    expect(page.locator("#members")).to_contain_text(f"Dina {tag}")
    ann.settled("segment-list")

    page.get_by_role("button", name="Delete").click()
    page.get_by_label("Type the name of the segment").fill(f"by hand {tag}")
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Segments")
    with installation.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Segment).where(Segment.name == f"By hand {tag}")) == 0


def test_groups_are_built_without_javascript(open_tab: Callable[..., Tab], installation: Installation) -> None:
    tab = open_tab("ann", javascript=False)
    tag, page = f"plain {tab.look.name}", tab.page
    _people(installation, tag)
    tab.goto("/segments/new")
    page.get_by_label("Name", exact=True).fill(f"Plain {tag}")
    page.locator("[name='rules-0-fact']").select_option(label="Region")
    page.get_by_role("button", name="Show comparisons, and count").click()
    page.locator("[name='rules-0-value']").fill(tag)
    page.get_by_role("button", name="Group", exact=True).click()
    page.locator("[name='rules-1.0-fact']").select_option(label="City")
    page.get_by_role("button", name="Show comparisons, and count").click()
    page.locator("[name='rules-1.0-is']").select_option(label="is one of")
    page.get_by_role("button", name="Show comparisons, and count").click()
    page.locator("[name='rules-1.0-value']").fill("Bath; York")
    page.get_by_role("button", name="Show comparisons, and count").click()
    expect(page.locator("#crowd")).to_contain_text(re.compile(r"2\s*members"))

    page.get_by_role("button", name="Make the segment").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Plain {tag}")
