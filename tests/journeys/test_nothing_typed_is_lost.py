"""A session that ends in the middle of an edit, changes that are not saved, and going anywhere by the keyboard."""

from collections.abc import Callable

from playwright.sync_api import Dialog, Page, Route, expect
from sqlalchemy import delete, select

from domain.tables.customers import Customer
from domain.tables.workspace import UserSession
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.tab import Tab


def _end_all_sessions(installation: Installation) -> None:
    with installation.transaction() as session:
        session.execute(delete(UserSession))


def _sign_in_beside(tab: Tab) -> None:
    """By the link of the dialog, in its new tab."""
    with tab.page.expect_popup() as opened:
        tab.page.get_by_role("dialog").get_by_role("link", name="Sign in in a new tab").click()
    beside = opened.value
    beside.get_by_label("Email").fill("ann@example.com")
    beside.get_by_label("Password", exact=True).fill(PASSWORD)
    beside.get_by_role("button", name="Sign in").click()
    expect(beside.get_by_role("heading", level=1)).to_have_text("You are signed in again")
    beside.close()
    tab.page.bring_to_front()
    tab.page.evaluate("window.dispatchEvent(new Event('focus'))")


def _name(page: Page) -> str:
    return page.get_by_label("Name of the distribution").input_value()


def test_a_draft_survives_the_end_of_the_session(ann: Tab, installation: Installation) -> None:
    ann.allow("status of 401")
    page, name = ann.page, f"Kept {ann.look.name}"
    ann.goto("/distributions")
    page.get_by_role("button", name="New distribution").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What starts it")
    _end_all_sessions(installation)

    page.get_by_label("Name of the distribution").fill(name)
    expect(page.get_by_role("dialog")).to_contain_text("You are signed out")
    ann.settled("signed-out")
    _sign_in_beside(ann)

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#saved-word")).to_contain_text("Saved")
    assert _name(page) == name
    page.reload()
    assert _name(page) == name


def test_what_is_typed_before_the_scripts_are_there_is_saved(ann: Tab) -> None:
    page, name, held = ann.page, f"Early {ann.look.name}", list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    ann.goto("/distributions")
    page.get_by_role("button", name="New distribution").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What starts it")
    page.route("**/vendor/htmx.min.js", hold)

    page.goto(page.url, wait_until="commit")
    page.get_by_label("Name of the distribution").fill(name)
    with page.expect_response(lambda answer: "auto=1" in answer.url):
        held[0].continue_()

    page.unroute("**/vendor/htmx.min.js")
    page.reload()
    assert _name(page) == name


def test_a_form_that_leaves_the_page_is_held_back_and_sent_after_signing_in(ann: Tab, installation: Installation) -> None:
    ann.allow("status of 401")
    page, name = ann.page, f"Held {ann.look.name}"
    page.clock.install()
    ann.goto("/customers/new")
    page.get_by_label("Name", exact=True).fill(name)
    _end_all_sessions(installation)
    page.clock.fast_forward("02:00")

    page.get_by_role("button", name="Add this customer").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("You are signed out")
    _sign_in_beside(ann)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_value(name)
    page.get_by_role("button", name="Add this customer").first.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    with installation.transaction() as session:
        assert session.scalars(select(Customer.name).where(Customer.name == name)).all() == [name]


def test_without_scripts_the_form_is_kept_on_the_page(open_tab: Callable[..., Tab], installation: Installation) -> None:
    tab = open_tab("ann", javascript=False)
    tab.allow("status of 401")
    page, name = tab.page, f"Plain {tab.look.name}"
    tab.goto("/customers/new")
    page.get_by_label("Name", exact=True).fill(name)
    _end_all_sessions(installation)
    page.get_by_role("button", name="Add this customer").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out, and nothing was saved.")

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    opened.value.get_by_label("Email").fill("ann@example.com")
    opened.value.get_by_label("Password", exact=True).fill(PASSWORD)
    opened.value.get_by_role("button", name="Sign in").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("You are signed in again")
    page.get_by_role("button", name="Send it again").click()
    if page.get_by_role("button", name="Send it again").count():  # the first time the page still had the token of the old session
        page.get_by_role("button", name="Send it again").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_leaving_asks_only_where_something_is_unsaved(ann: Tab) -> None:
    page, asked = ann.page, []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    ann.goto("/customers/new")
    page.get_by_label("Name", exact=True).fill("Somebody")
    page.get_by_label("Name", exact=True).fill("")
    ann.goto("/segments/new")
    assert asked == []

    page.get_by_label("Name", exact=True).fill("Half a segment")
    ann.goto("/")
    assert asked == ["beforeunload"]

    ann.goto("/customers/new")
    page.get_by_label("Name", exact=True).fill(f"Saved {ann.look.name}")
    page.get_by_role("button", name="Add this customer").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Saved")
    ann.goto("/")
    assert asked == ["beforeunload"]


def test_the_keyboard_leads_anywhere(ann: Tab) -> None:
    page = ann.page
    ann.goto("/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Go to")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Go to")).to_be_focused()
    page.keyboard.type("segm")
    expect(page.locator("#hits")).to_contain_text("1 result")
    ann.settled("palette")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Segments")
    page.wait_for_load_state()  # its scripts listen by now

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    ann.settled("shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")


def test_without_scripts_there_is_the_search_page(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("ann", javascript=False)
    tab.goto("/")
    tab.page.get_by_role("link", name="Go to" if not tab.look.phone else "Search").first.click()
    tab.page.get_by_role("searchbox", name="Go to").fill("campaigns")
    tab.page.get_by_role("button", name="Search").click()
    tab.page.get_by_role("main").get_by_role("link", name="Campaigns").click()

    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Campaigns")
