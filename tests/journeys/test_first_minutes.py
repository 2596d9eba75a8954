"""Is the README's first visit true? Walked as it stands there: a draft sent, an automatic one set live, a city changed, why asked."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.tables.customers import Customer
from domain.tables.distributions import Distribution
from domain.tables.incentives import Publication
from domain.tables.journal import Job
from domain.tables.sending import Delivery
from tests.journeys.installation import ROOT, Installation, started
from tests.journeys.tab import Look, Tab

THANKS, LAPSED, REGULARS, LOAF = "Autumn thank-you", "Lapsed regulars", "Bristol regulars", "Bristol loaf"
LIVE = "When something happens"
ENTERED = "Customer entered a segment"
ORDERS = 3


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started(demo=True) as installation:
        installation.until(lambda session: not session.scalars(select(Job.id).where(Job.state.in_(("queued", "running")))).all())
        yield installation


@pytest.fixture
def look() -> Look:
    return Look("light", 1280)


def test_the_first_five_minutes_go_as_the_readme_says(open_tab: Callable[..., Tab], installation: Installation) -> None:
    tab = open_tab()
    tab.sign_in(installation.email, installation.password)
    look_around(tab.page)
    send_the_thanks(tab)
    installation.pass_time(minutes=1)
    installation.until(lambda session: thanks(session).status == "done")
    everybody_got_another_code(tab, installation)
    set_a_loaf_live(tab.page)
    a_changed_city_brings_a_code(tab.page, installation)


def test_the_readme_names_what_is_walked() -> None:
    step = " ".join((ROOT / "README.md").read_text().split())

    assert [
        words for words in (THANKS, LAPSED, REGULARS, LOAF, LIVE, ENTERED, "Offers and news", "Set live") if f"*{words}*" not in step
    ] == []
    assert "one of the *Lapsed regulars* (three orders or more) who lives elsewhere and agreed to *Offers and news*" in step


def look_around(page: Page) -> None:
    expect(page.get_by_role("heading", name="Two are ready to go")).to_be_visible()
    for area, what in (("Customers", "customers"), ("Segments", LAPSED), ("Campaigns", LOAF)):
        page.get_by_role("navigation").get_by_role("link", name=area, exact=True).click()
        expect(page.get_by_role("heading", name=area, level=1)).to_be_visible()
        expect(page.locator("main")).to_contain_text(what)


def send_the_thanks(tab: Tab) -> None:
    """Open the draft, go through its four steps, and press the button that says how many codes it sends."""
    page = tab.page
    page.get_by_role("navigation").get_by_role("link", name="Distributions", exact=True).click()
    page.get_by_role("link", name=THANKS).first.click()
    for step in ("Action", "Channels", "Summary"):
        page.get_by_role("button", name=f"Continue to {step}").click()
    expect(page.locator(".sentence")).to_contain_text(f"people in {LAPSED} who agreed to Offers and news each get one code of Autumn 15 %")
    page.get_by_role("button", name=re.compile(r"^Send [\d,]+ codes")).click()
    expect(page.get_by_text(re.compile("go out at"))).to_be_visible()
    tab.settled("distributions-countdown")


def thanks(session: Session) -> Distribution:
    return session.scalars(select(Distribution).where(Distribution.name == THANKS)).one()


def everybody_got_another_code(tab: Tab, installation: Installation) -> None:
    """As many codes as mails, and three mails of the inbox opened to see it."""
    with installation.transaction() as session:
        sent = thanks(session).id
        served = session.scalar(select(func.count()).where(Delivery.state == "accepted", Delivery.distribution_id == sent)) or 0
        codes = session.scalar(select(func.count(func.distinct(Publication.voucher_id))).where(Publication.distribution_id == sent)) or 0
    assert served == codes > 100
    page = tab.page
    page.reload()
    tab.settled("distributions-done")
    page.get_by_role("navigation").get_by_role("link", name="Sandbox inbox").click()
    expect(page.locator(".letters")).to_contain_text("something for coming back")
    tab.settled("inbox-full")
    seen = [code_of(page, page.locator(".letters a").nth(n), "RYE-") for n in range(3)]
    assert len(set(seen)) == 3


def code_of(page: Page, letter: Locator, begins: str) -> str:
    """The code in a letter of the inbox, opened by its link."""
    letter.click()
    mail = page.frame_locator("iframe.frame").locator("body")
    expect(mail).to_contain_text(begins)
    found = re.search(rf"{begins}[A-Z0-9-]+", mail.inner_text())
    assert found is not None
    return found[0]


def set_a_loaf_live(page: Page) -> None:
    """A new distribution, through its four steps."""
    page.get_by_role("navigation").get_by_role("link", name="Distributions", exact=True).click()
    page.get_by_role("button", name="New distribution").click()
    page.get_by_role("radio", name=LIVE).check()
    page.get_by_role("radio", name=ENTERED).check()
    segment = page.get_by_label("Segment", exact=True)
    segment.select_option(segment.locator("option", has_text=REGULARS).get_attribute("value"))
    page.get_by_role("button", name="Continue to Action").click()
    page.get_by_role("radio", name="Send and publish unique codes").check()
    page.get_by_role("radio", name=LOAF).check()
    page.get_by_role("button", name="Continue to Channels").click()
    page.get_by_role("button", name="Sandbox, Mail").click()
    expect(page.get_by_label("Subject")).to_be_visible()
    page.get_by_role("button", name="Continue to Summary").click()
    expect(page.locator(".sentence")).to_contain_text(
        f"Whenever somebody enters {REGULARS} and agreed to Offers and news, they get one code of {LOAF}"
    )
    page.get_by_role("button", name="Set live").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Live")


def elsewhere(session: Session) -> list[Customer]:
    """Two of those who got the thanks and do not live in Bristol. Everybody there fits what the README says of them."""
    got = select(Delivery.customer_id).where(Delivery.distribution_id == thanks(session).id, Delivery.state == "accepted")
    found = session.scalars(select(Customer).where(Customer.id.in_(got), Customer.city != "Bristol").order_by(Customer.id)).all()
    assert {one.details["orders"] >= ORDERS for one in found} == {True}
    return list(found[:2])


def a_changed_city_brings_a_code(page: Page, installation: Installation) -> None:
    with installation.transaction() as session:
        people = elsewhere(session)
        live = session.scalars(select(Distribution).where(Distribution.status == "live")).one()
    codes = {loaf_of(page, installation, customer, live) for customer in people}
    assert len(codes) == len(people) == 2


def loaf_of(page: Page, installation: Installation, customer: Customer, live: Distribution) -> str:
    """The code that a customer gets for moving to Bristol: from their letter to their page, edited, and back in the inbox."""
    letter(page, customer).click()
    page.locator("#letter").get_by_role("link", name=customer.name).click()
    page.get_by_role("complementary").get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("City").fill("Bristol")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(customer.name)
    accepted = select(Delivery.id).where(Delivery.customer_id == customer.id, Delivery.state == "accepted")
    installation.until(lambda session: session.scalar(accepted.where(Delivery.distribution_id == live.id)))
    code = code_of(page, letter(page, customer), "LOAF-")
    page.locator("#letter").get_by_role("link", name=customer.name).click()
    page.get_by_role("listitem").filter(has_text=f"Got {live.name}").get_by_role("link", name="Why?").click()
    expect(page.get_by_role("heading", name=f"Why {customer.name} got it")).to_be_visible()
    expect(page.locator("main")).to_contain_text("They got it.")
    return code


def letter(page: Page, customer: Customer) -> Locator:
    """The newest letter to somebody, found by the search of the inbox."""
    page.get_by_role("navigation").get_by_role("link", name="Sandbox inbox").click()
    page.get_by_placeholder("Name, address or number").fill(customer.email)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_url(re.compile(r"[?&]q="))
    return page.locator(".letters a").first
