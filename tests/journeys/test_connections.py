"""Through whom messages leave: set up, put right, tested, by one who may; seen by one who may not."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.integrations.peer import answering
from tests.journeys.installation import Installation
from tests.journeys.tab import Tab


def test_a_webhook_is_set_up_put_right_tested_and_put_away(open_tab: Callable[..., Tab], look: object, installation: Installation) -> None:
    tab = open_tab("ada")
    page, name = tab.page, f"Shop {look.name}"
    tab.goto("/connections/new")
    tab.settled("connections-choose")
    page.get_by_role("link", name="Posts a signed JSON body").click()

    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Address").fill("shop.example/hooks")
    page.get_by_role("button", name="Add this connection").click()

    expect(page.locator(".summary")).to_be_focused()
    expect(page.get_by_label("Address")).to_have_value("shop.example/hooks")
    tab.settled("connections-wrong")
    with answering(lambda seen: (500, {}, b"no") if len(peer.seen) == 1 else (204, {}, b"")) as peer:
        page.get_by_label("Address").fill(f"{peer.url}/hooks")
        page.get_by_role("button", name="Add this connection").click()
        expect(page.get_by_text("whsec_")).to_be_visible()
        tab.settled("connections-made")
        page.get_by_role("link", name="I have it, go on").click()

        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_text("The address answered 500.").first).to_be_visible()
        tab.settled("connection-fails")
        installation.pass_time(seconds=6)
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_text("It works.")).to_be_visible()

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume").first).to_be_visible()
    tab.settled("connection")
    page.get_by_role("button", name="Put it away").click()
    page.get_by_role("button", name=f"Put “{name}” away").click()
    expect(page.get_by_role("heading", name="Connections")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_count(0)


def test_fields_that_do_not_matter_stay_away(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("ada")
    tab.goto("/connections/new/smtp")

    expect(tab.page.get_by_label("DKIM private key")).to_be_hidden()
    tab.page.get_by_label("DKIM", exact=True).select_option("own")

    expect(tab.page.get_by_label("DKIM private key")).to_be_visible()
    tab.settled("connections-smtp")


def test_it_works_without_javascript(open_tab: Callable[..., Tab], look: object) -> None:
    tab = open_tab("ada", javascript=False)
    tab.goto("/connections/new/sandbox")
    tab.page.get_by_label("Name", exact=True).fill(f"Sandbox {look.name}")
    tab.page.get_by_role("button", name="Add this connection").click()
    tab.page.get_by_role("button", name="Test connection").click()

    expect(tab.page.get_by_text("It works.")).to_be_visible()
    expect(tab.page.get_by_text("Messages sent here never leave Largesse")).to_be_visible()


def test_a_marketer_sees_who_may_change_them_and_an_empty_inbox_that_teaches(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("ann")
    tab.goto("/connections")
    expect(tab.page.get_by_text("can change connections")).to_be_visible()
    tab.settled("connections-marketer")
    tab.goto("/inbox")
    expect(tab.page.get_by_text("Nothing was sent through the sandbox yet")).to_be_visible()
    tab.settled("inbox-empty")
