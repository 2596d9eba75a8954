"""Getting in and out."""

import datetime
import random
from collections.abc import Callable

import pyotp
from playwright.sync_api import expect

from domain.kernel import clock
from domain.tables.workspace import User
from domain.workspace.signing_in import password_hashing
from tests.journeys.installation import PASSWORD, Installation
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


def test_a_second_factor_is_set_up_and_asked_for_without_javascript(open_tab: Callable[..., Tab], installation: Installation) -> None:
    name = f"cy{random.randrange(10**9)}"
    with installation.transaction() as session:
        now = clock.now(session)
        cy = User(email=f"{name}@example.com", email_key=f"{name}@example.com", name="Cy", role="viewer", created_at=now, updated_at=now)
        cy.password = password_hashing.hashed(PASSWORD)
        session.add(cy)
    tab = open_tab(name)
    tab.goto("/account")
    tab.settled("account")
    tab.page.get_by_role("link", name="Set it up").click()
    tab.settled("account-second-factor")
    tab.page.get_by_label("Your password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Set it up").click()
    key = tab.page.locator("code.longword").inner_text().replace(" ", "")
    tab.settled("account-second-factor-scan")

    def code(steps: int) -> str:
        with installation.transaction() as session:
            return pyotp.TOTP(key).at(clock.now(session) + datetime.timedelta(seconds=30 * steps))

    tab.page.get_by_label("Code").fill("000")
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("alert")).to_contain_text("not right")
    tab.page.get_by_label("Code").fill(code(0))
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Your second factor is on")
    tab.settled("account-recovery-codes")
    recovery = tab.page.locator("pre").inner_text().split()[0]
    tab.page.get_by_role("link", name="I have them").click()
    tab.page.get_by_role("link", name="Recovery codes and more").click()
    tab.settled("account-second-factor-on")

    for typed in (code(1), recovery):
        plain = open_tab(javascript=False)
        plain.goto("/sign-in")
        plain.page.get_by_label("Email").fill(f"{name}@example.com")
        plain.page.keyboard.press("Tab")
        plain.page.keyboard.type(PASSWORD)
        plain.page.keyboard.press("Enter")
        expect(plain.page.get_by_role("heading", level=1)).to_have_text("Enter your code")
        plain.page.keyboard.type(typed)
        plain.page.keyboard.press("Enter")
        expect(plain.page).to_have_url(f"{plain.url}/")

    seen = open_tab()
    seen.goto("/sign-in")
    seen.page.get_by_label("Email").fill(f"{name}@example.com")
    seen.page.get_by_label("Password", exact=True).fill(PASSWORD)
    seen.page.get_by_role("button", name="Sign in").click()
    seen.settled("sign-in-code")
    tab.goto("/account")
    tab.page.get_by_role("button", name="Sign out everywhere").click()
    expect(tab.page).to_have_url(f"{tab.url}/sign-in")
