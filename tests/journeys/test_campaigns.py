"""Ann makes a campaign, its codes come, she looks for one, brings some of her own, and makes a promotion."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.tab import Tab


def test_codes_are_made_looked_at_and_withdrawn(ann: Tab) -> None:
    page = ann.page
    ann.goto("/campaigns")
    if page.get_by_role("link", name="Make the first campaign").is_visible():
        ann.settled("campaigns-empty")
    ann.goto("/campaigns/new")
    page.get_by_label("Name", exact=True).fill(f"Autumn thank-you {ann.look.name}")
    page.get_by_label("Begins with").fill("RYE-")
    expect(page.locator("#look")).to_contain_text(re.compile(r"RYE-[A-Z2-9]{8}"))
    page.get_by_role("button", name="Make the campaign").click()
    expect(page.get_by_role("alert")).to_contain_text("Write how many percent")
    ann.settled("campaign-wrong")

    page.get_by_label("Percent", exact=True).fill("15")
    page.get_by_label("How many codes").fill("2000")
    page.get_by_text("When few codes are left").click()
    page.get_by_label("Tell somebody when fewer codes are left than").fill("100")
    page.get_by_label("By mail to").fill("ann@maple-rye.example")
    ann.settled("campaign-new")
    page.get_by_role("button", name="Make the campaign").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Autumn thank-you")
    expect(page.locator("body")).to_contain_text("Below 100 codes ann@maple-rye.example gets a mail.")
    expect(page.locator(".figures")).to_contain_text("2,000")
    ann.settled("campaign")

    page.get_by_label("State", exact=True).select_option("free")
    page.wait_for_url(re.compile("state=free"))
    page.locator("#codes a.code").first.click()
    page.get_by_role("button", name="Show the code").click()
    expect(page.locator(".ticket__code")).to_contain_text("RYE-")
    ann.settled("code")
    page.get_by_text("Withdraw this code").click()
    page.get_by_label("Why").fill("Printed in a leaflet by mistake")
    page.get_by_role("button", name="Withdraw the code").click()
    expect(page.locator("body")).to_contain_text("The code is withdrawn.")
    expect(page.locator("body")).to_contain_text("Printed in a leaflet by mistake")


def test_codes_come_from_a_list_and_what_was_left_out_is_said(ann: Tab) -> None:
    page = ann.page
    ann.goto("/campaigns/new")
    page.get_by_label("Name", exact=True).fill(f"Birthday treat {ann.look.name}")
    page.get_by_text("Amount off").click()
    page.get_by_label("Amount", exact=True).fill("5.00")
    page.get_by_text("I have codes already").click()
    expect(page.get_by_label("Begins with")).to_be_hidden()
    page.get_by_role("button", name="Make the campaign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import codes")
    ann.settled("campaign-import")
    page.get_by_label("Or paste them").fill("".join(f"BDAY-{ann.look.name}-{n}\n" for n in range(30)) + "BDAY 7\nBDAY 8\n")
    page.get_by_role("button", name="Import the codes").click()

    expect(page.locator("body")).to_contain_text("Lines that need a look")
    ann.settled("campaign-list")
    page.get_by_role("link", name="To the campaign").click()
    page.get_by_role("link", name="Edit").click()
    expect(page.locator("body")).to_contain_text("30 codes exist already.")
    ann.settled("campaign-edit")
    ann.goto("/campaigns")
    ann.settled("campaigns")


def test_promotions_stand_in_an_order(ann: Tab) -> None:
    page = ann.page
    ann.goto("/campaigns/new-promotion")
    page.get_by_label("Name", exact=True).fill(f"Bread week {ann.look.name}")
    page.get_by_role("button", name="Next: its first promotion").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a promotion")
    page.get_by_label("Name", exact=True).fill("Second loaf")
    page.get_by_label("Banner").fill("The second loaf is on us this week.")
    page.get_by_text("Something free").click()
    page.get_by_label("Of what").fill("loaf")
    ann.settled("promotion-new")
    page.get_by_role("button", name="Add the promotion").click()
    page.get_by_role("link", name="Add a promotion").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a promotion")
    page.get_by_label("Name", exact=True).fill("Rye day")
    page.get_by_label("Percent", exact=True).fill("10")
    page.get_by_role("button", name="Add the promotion").click()
    page.get_by_role("button", name="Move Rye day up").click()

    expect(page.locator("tbody tr").first).to_contain_text("Rye day")
    ann.settled("promotion")


def test_a_campaign_is_made_without_javascript(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("ann", javascript=False)
    page = tab.page
    tab.goto("/campaigns/new")
    page.get_by_label("Name", exact=True).fill(f"Plain {tab.look.name}")
    page.get_by_label("Percent", exact=True).fill("10")
    page.get_by_label("Begins with").fill("BUN-")
    page.get_by_role("button", name="Show examples").click()
    expect(page.locator("#look")).to_contain_text(re.compile(r"BUN-[A-Z2-9]{8}"))
    page.get_by_role("button", name="Make the campaign").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Plain")
