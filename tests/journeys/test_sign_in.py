"""Getting in and out."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.tab import Tab


def test_a_wrong_password_is_said_and_the_right_one_leads_home(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab()
    tab.goto("/")
    tab.settled("sign-in")
    tab.page.get_by_label("Email").fill("ann@example.com")
    tab.page.get_by_label("Password", exact=True).fill("not this one")
    tab.page.get_by_role("button", name="Sign in").click()

    expect(tab.page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(tab.page.locator("body")).to_contain_text("password")
    tab.settled("sign-in-refused")

    tab.sign_in("ann@example.com", "one password for the whole cast")

    tab.settled("home-empty")


def test_it_works_without_javascript(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("ann", javascript=False)

    expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
