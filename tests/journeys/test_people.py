"""People: invited by a link, given a role, deactivated and let in again; the project and the audit trail beside them."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.tab import Tab


def test_somebody_is_invited_comes_in_and_is_let_go(open_tab: Callable[..., Tab], ada: Tab, look: object) -> None:
    name = f"Cy {getattr(look, 'name', '')}"
    ada.goto("/settings/people/new")
    ada.settled("people-invite")
    ada.page.get_by_role("button", name="Invite").click()
    expect(ada.page.get_by_role("alert")).to_contain_text("Enter a name")
    ada.settled("people-invite-wrong")
    ada.page.get_by_label("Name").fill(name)
    ada.page.get_by_label("Email").fill(f"{name.replace(' ', '-')}@example.com")
    ada.page.get_by_text("Viewer").click()
    ada.page.get_by_role("button", name="Invite").click()
    expect(ada.page.get_by_text(f"Give this link to {name}")).to_be_visible()
    ada.settled("people-link")
    link = ada.page.locator("code.longword").inner_text()

    new = open_tab()
    new.goto(link.replace(new.url, ""))
    new.settled("welcome")
    new.page.get_by_label("New password").fill("short")
    new.page.get_by_role("button", name="Choose the password").click()
    expect(new.page.get_by_role("alert")).to_contain_text("too few")
    new.page.get_by_label("New password").fill("three quiet ovens humming")
    new.page.get_by_role("button", name="Choose the password").click()
    expect(new.page.get_by_text(f"Welcome, {name}")).to_be_visible()
    new.allow("status of 410")
    new.goto(link.replace(new.url, ""))
    expect(new.page.get_by_role("heading", level=1)).to_contain_text("no longer valid")
    new.goto("/account")
    new.settled("account")

    ada.goto("/settings/people")
    ada.settled("people")
    ada.page.get_by_role("button", name=f"Actions for {name}").click()
    ada.page.get_by_role("button", name="Deactivate").locator("visible=true").click()
    expect(ada.page.locator("toast-note")).to_contain_text(f"{name} may no longer sign in.")
    new.goto("/")
    expect(new.page).to_have_url(f"{new.url}/sign-in")

    ada.page.locator("toast-note").get_by_role("button", name="Undo").click()
    expect(ada.page.locator("toast-note")).to_contain_text("may sign in again")


def test_the_project_is_set_up_and_the_trail_says_by_whom(ada: Tab, bo: Tab) -> None:
    ada.goto("/settings/project")
    ada.page.get_by_label("Public address").fill("nonsense")
    ada.page.get_by_role("button", name="Save the project").click()
    expect(ada.page.get_by_role("alert")).to_contain_text("https://offers.example.com")
    ada.settled("project-wrong")
    ada.page.get_by_label("Public address").fill("")
    ada.page.get_by_label("Brand").fill("Maple & Rye")
    ada.page.get_by_role("button", name="Save the project").click()
    expect(ada.page.locator("toast-note")).to_contain_text("The project is saved.")
    ada.settled("project")

    ada.goto("/settings/audit")
    ada.page.get_by_label("Command").select_option("edit project")
    expect(ada.page).to_have_url(f"{ada.url}/settings/audit?q=&actor=&command=edit+project&since=&until=")
    expect(ada.page.locator("ins").first).to_be_visible()
    ada.settled("audit")

    bo.goto("/settings/project")
    expect(bo.page.get_by_text("can change the project.")).to_be_visible()
    expect(bo.page.get_by_role("button", name="Save the project")).to_have_count(0)


def test_my_account_works_without_javascript(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("ann", javascript=False)
    tab.goto("/account")
    tab.page.get_by_role("button", name="Dark").last.click()

    expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    tab.page.get_by_role("button", name="System").last.click()
    expect(tab.page.locator("html[data-theme]")).to_have_count(0)
