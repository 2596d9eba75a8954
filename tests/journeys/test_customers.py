"""Customers in a real browser: brought in from a file, looked at, changed, asked to leave, and letting themselves out."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, text

import settings
from domain.customers.consents import links
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer, Permission
from tests.journeys.installation import Installation
from tests.journeys.tab import Look, Tab


@pytest.fixture
def file(tmp_path: Path, look: Look) -> Path:
    """What a shop's export looks like: another encoding, another delimiter, and lines that are not right."""
    mark = look.name
    good = "".join(f"{mark}-{n};Customer {n};c{n}-{mark}@example.com;yes;{n};2011-12-09\n" for n in range(300))
    bad = f"{mark}-x;José;nonsense;yes;1;2011-12-09\n{mark}-y;Zoë;z-{mark}@example.com;perhaps;1;2011-12-09\n{mark}-z;short\n"
    path = tmp_path / "shop.csv"
    path.write_text(f"Customer Id;Name;E-Mail;Offers {mark};Spend;Last order\n{good}{bad}", encoding="cp1252")
    return path


def permission(open_tab: Callable[..., Tab], look: Look) -> None:
    """Ada makes the permission that the file speaks of."""
    tab = open_tab("ada")
    page = tab.page
    tab.goto("/settings/permissions")
    tab.settled("permissions")
    page.get_by_role("link", name="New permission").first.click()
    page.get_by_role("button", name="Make this permission").click()
    expect(page.locator(".summary")).to_be_focused()
    tab.settled("permission-wrong")
    page.get_by_label("Name").fill(f"Offers {look.name}")
    page.get_by_label("Email").check()
    page.get_by_label("SMS").check()
    page.get_by_label("Wording").fill("Yes, write to me about offers.")
    page.get_by_role("button", name="Make this permission").click()
    expect(page.get_by_role("link", name=f"Offers {look.name}")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["", "without-javascript"])
def test_a_file_becomes_customers_and_says_what_it_left_out(
    open_tab: Callable[..., Tab], look: Look, file: Path, javascript: bool, installation: Installation
) -> None:
    if javascript:
        permission(open_tab, look)
    tab = open_tab("ann", javascript=javascript)
    page = tab.page
    tab.goto("/customers/imports")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Upload and look at it").click()

    expect(page.get_by_role("cell", name="c3-")).to_be_visible()
    expect(page.get_by_label("Offers", exact=False).first).to_have_value(chosen(installation, look))
    if javascript:
        tab.settled("import-columns")
    page.get_by_label("A cell that is wrong").select_option("line")
    page.get_by_role("button", name="Import 303 lines").click()

    expect(page.get_by_role("heading", name="shop.csv")).to_be_visible()
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')")) == 0)
    if not javascript:
        page.reload()
    expect(page.get_by_text("300 of 303 lines were taken")).to_be_visible()
    if javascript:
        tab.settled("import-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report").click()
    report = Path(download.value.path()).read_text("utf-8-sig")
    assert "“nonsense” is no e-mail address" in report
    assert "José" in report


def chosen(installation: Installation, look: Look) -> str:
    """The choice of the mapping form that stands for the permission."""
    with installation.transaction() as session:
        return f"consent:{session.scalars(select(Permission.id).where(Permission.name == f'Offers {look.name}')).one()}"


def test_a_customer_is_added_looked_at_changed_and_erased(open_tab: Callable[..., Tab], look: Look) -> None:
    tab = open_tab("ann")
    page = tab.page
    tab.goto("/customers")
    tab.settled("customers")
    page.get_by_role("link", name="Add a customer").click()
    page.get_by_label("Name", exact=True).fill(f"Gus {look.name}")
    page.get_by_label("Email").fill("gus")
    page.get_by_role("button", name="Add this customer").click()
    expect(page.locator(".summary")).to_be_focused()
    tab.settled("customer-wrong")
    page.get_by_label("Email").fill(f"gus-{look.name}@example.com")
    page.get_by_text("Add a field that every customer may have").click()
    page.get_by_label("Name of a new field").fill("favourite")
    page.get_by_label("Its value for this customer").fill("Dark rye")
    page.get_by_role("button", name="Add this customer").click()

    expect(page.get_by_role("heading", name=f"Gus {look.name}")).to_be_visible()
    expect(page.get_by_text("Dark rye")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.get_by_label("City").fill("Bath")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("City became Bath")).to_be_visible()
    tab.settled("customer")

    page.get_by_label("to confirm").fill("erase")
    page.get_by_role("button", name="Erase this customer").click()
    expect(page.get_by_role("heading", name="Customers")).to_be_visible()
    expect(page.get_by_role("link", name=f"Gus {look.name}")).to_have_count(0)


@pytest.fixture
def keys(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Links made here are good there."""
    monkeypatch.setenv("LARGESSE_SECRET_KEYS", (installation.data / "secret_keys").read_text())
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.mark.usefixtures("keys")
def test_a_customer_says_no_and_chooses(open_tab: Callable[..., Tab], look: Look, installation: Installation) -> None:
    with installation.transaction() as session:
        offers = session.scalars(select(Permission).where(Permission.name == f"Offers {look.name}")).one()
        dina = session.scalars(select(Customer).where(Customer.source_id == f"{look.name}-7")).one()
        address = links.unsubscribe_url("", dina.id, offers.id)
        page_of = f"/customers/{outside(Prefix.CUSTOMER, dina.id)}"
    stranger = open_tab()
    stranger.goto(address)
    stranger.settled("unsubscribe")
    stranger.page.get_by_role("button", name="Unsubscribe").click()
    expect(stranger.page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    stranger.settled("unsubscribed")

    ann = open_tab("ann")
    ann.goto(page_of)
    expect(ann.page.get_by_text(f"Withdrew Offers {look.name}")).to_be_visible()
    stranger.page.get_by_label(f"Offers {look.name}").check()
    stranger.page.get_by_role("button", name="Save what is ticked").click()
    expect(stranger.page.get_by_role("heading", name="Saved")).to_be_visible()
    stranger.page.get_by_role("button", name="Send me nothing at all").click()

    ann.page.reload()
    expect(ann.page.get_by_text("This e-mail address is never written to")).to_be_visible()
    ann.settled("customer-suppressed")
    ann.goto("/settings/permissions/never")
    ann.settled("never")


def test_long_names_and_those_written_from_right_to_left_stay_inside(ann: Tab, look: Look) -> None:
    page = ann.page
    ann.goto("/customers/new")
    page.get_by_label("Name").first.fill("محمد العربي " + "Donaudampfschifffahrtsgesellschaftskapitän" * 3)
    page.get_by_label("Email").first.fill(f"{look.width}-{'x' * 40}@{'y' * 40}.example.com")
    page.get_by_role("button", name=re.compile("^(Add|Save)")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("محمد العربي")
    ann.settled("customer-long")
    ann.goto("/customers?q=محمد")
    ann.settled("customers-long")
