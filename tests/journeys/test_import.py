"""A shop comes over: the empty installation, its export of customers, what is recognised, what would be taken, what was, and its fields."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, text

from domain.customers.profiles import create, metadata
from domain.customers.profiles.customer_input import CustomerInput
from domain.kernel import clock
from domain.tables.customers import Customer, Permission
from tests.cast import ANN
from tests.journeys.installation import ROOT, Installation
from tests.journeys.tab import Look, Tab

SHOPIFY = ROOT / "tests/domain/customers/imports/samples/shopify.csv"
LONG = "Which of our many kinds of bread do you like best of all, and how often do you eat it " * 2


@pytest.fixture
def newsletter(installation: Installation) -> None:
    """The permission that an export of a shop speaks of."""
    with installation.transaction() as session:
        if session.scalar(select(Permission.id).where(Permission.name_key == "newsletter")) is None:
            now = clock.now(session)
            session.add(Permission(name="Newsletter", name_key="newsletter", channels=["email"], created_at=now, updated_at=now))


@pytest.fixture
def shop(tmp_path: Path, look: Look) -> Path:
    """Shopify's own export with a column of somebody's own, whose name is long, and lines that are not right."""
    header, *lines = SHOPIFY.read_text().splitlines()
    more = f"'99,Zoë,Long,zoe-{look.name}@example.com,yes,,,,,,,,,'+44 7,no,5,1,,no,"
    people = [line.replace("@example.com", f"-{look.name}@example.com").replace("'72", f"'{look.width}") for line in (*lines, more)]
    path = tmp_path / "customers_export.csv"
    path.write_text("\n".join([f'{header},"{LONG[:175]}"', *(f"{line},{n:03}" for n, line in enumerate(people))]) + "\n")
    return path


def test_a_shop_comes_over(open_tab: Callable[..., Tab], look: Look, installation: Installation, newsletter: None, shop: Path) -> None:
    tab = open_tab("ann")
    page = tab.page
    tab.goto("/customers/imports")
    page.get_by_label("CSV file").set_input_files(shop)
    page.get_by_role("button", name="Upload and look at it").click()

    expect(page.get_by_text("This is an export of Shopify, customers")).to_be_visible()
    expect(page.get_by_text("Choose below which permission Accepts SMS Marketing speaks of")).to_be_visible()
    expect(page.get_by_text("3 taken")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("1 cell left out")).to_be_visible()
    tab.settled("import-shop")
    page.get_by_role("link", name="see them").focus()
    page.get_by_label("A cell that is wrong").select_option(label="leaves its line out")
    page.get_by_role("button", name="Check all lines").press("Enter")
    expect(page.get_by_text("2 taken")).to_be_visible(timeout=60_000)
    page.get_by_label("A cell that is wrong").select_option(label="is left out, the rest of its line is taken")
    page.get_by_role("button", name="Import 3 lines").click()

    expect(page.get_by_text("All 3 lines were taken")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("“+44 7” is no phone number")).to_be_visible()
    tab.settled("import-shop-done")
    with installation.transaction() as session:
        ana = session.scalars(select(Customer).where(Customer.email == f"ana-{look.name}@example.com")).one()
        assert (ana.name, ana.postal_code) == ("Ana María de la Cruz", "BS1 4DJ")
        assert session.scalar(text("SELECT count(*) FROM consents WHERE customer_id = :id AND given"), {"id": ana.id}) == 1


@pytest.fixture
def tags(installation: Installation, look: Look) -> str:
    """A field that two customers have."""
    key = f"tags_{look.name.replace('-', '_')}"
    with installation.transaction() as session:
        metadata.register(session, {key: "text"})
        for value in ("vip", "12"):
            create.create(session, ANN, CustomerInput({"name": f"{value} {look.name}"}, {key: value}))
    return key


def test_fields_of_a_shop_are_looked_after(open_tab: Callable[..., Tab], installation: Installation, tags: str) -> None:
    tab = open_tab("ann")
    page = tab.page
    tab.goto("/customers")
    page.get_by_role("link", name="Fields of your own").click()
    page.get_by_role("button", name="Count again").click()
    installation.until(lambda session: session.scalar(text("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')")) == 0)
    page.reload()
    tab.settled("own-fields")
    page.get_by_role("link", name=tags).click()
    tab.settled("own-field")
    page.get_by_label("New key").fill("9 lives")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("#rename-wrong")).to_be_focused()
    page.get_by_label("Type", exact=True).select_option(label="Number")
    page.get_by_role("button", name="Check what would not fit").click()
    expect(page.get_by_text("cannot and would be taken away")).to_be_visible(timeout=60_000)
    tab.settled("own-field-checked")
