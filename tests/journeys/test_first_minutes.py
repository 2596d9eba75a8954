"""What the README promises: the demo's first distribution gives codes, and a changed city brings one within seconds."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import exists, func, select, text

from domain.distributions.control import launch
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.kernel.actor import SYSTEM
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.customers import Consent, Customer, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Publication
from domain.tables.journal import Job
from domain.tables.sending import Delivery
from tests.journeys.installation import Installation, started
from tests.journeys.tab import Look, Tab

WORDS = "A loaf on us, {{ customer.first_name | default: 'friend' }}: {{ voucher.code }}"


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started(demo=True) as installation:
        installation.until(lambda session: not session.scalars(select(Job.id).where(Job.state.in_(("queued", "running")))).all(), 60)
        yield installation


@pytest.fixture
def look() -> Look:
    return Look("light", 1280)


def test_the_first_distribution_of_the_demo_gives_everybody_a_code_of_their_own(ann: Tab, installation: Installation) -> None:
    ann.goto("/distributions")
    ann.page.get_by_role("link", name="Autumn thank-you").first.click()
    ann.page.locator("main a[href$='/summary']").first.click()
    ann.page.get_by_role("button", name=re.compile(r"^Send [\d,]+ codes")).click()
    expect(ann.page.get_by_text(re.compile("go out at"))).to_be_visible()
    ann.settled("distributions-countdown")

    installation.pass_time(minutes=1)
    installation.until(
        lambda session: session.scalar(select(Distribution.status).where(Distribution.name == "Autumn thank-you")) == "done", 90
    )

    with installation.transaction() as session:
        sent = session.scalars(select(Distribution.id).where(Distribution.name == "Autumn thank-you")).one()
        served = session.scalar(select(func.count()).where(Delivery.state == "accepted", Delivery.distribution_id == sent)) or 0
        codes = session.scalar(select(func.count(func.distinct(Publication.voucher_id))).where(Publication.distribution_id == sent)) or 0
    assert served == codes > 100
    ann.page.reload()
    ann.settled("distributions-done")
    ann.goto("/inbox")
    expect(ann.page.locator("main")).to_contain_text("something for coming back")
    ann.settled("inbox-full")


def test_a_changed_city_brings_a_code_at_once(ann: Tab, installation: Installation) -> None:
    with installation.transaction() as session:
        segment = session.scalars(select(Segment).where(Segment.name == "Bristol regulars")).one()
        campaign = session.scalars(select(Campaign).where(Campaign.name == "Bristol loaf")).one()
        sandbox = session.scalars(select(Connection).where(Connection.provider == "sandbox")).one()
        sender = workspace.senders_of_project(session)[0]
        parts = {"subject": "A loaf", "text": WORDS, "from_name": sender.name, "from_email": sender.email}
        channel = ChannelSpec("c1", sandbox.id, "email", parts, workspace.current_project(session).default_permission_id)
        spec = Spec("segment_entered", segment_id=segment.id, action="codes", campaign_id=campaign.id, channels=(channel,))
        row = draft.create(session, SYSTEM)
        draft.store(session, row.id, spec, row.row_version, SYSTEM)
        assert isinstance(launch.launch(session, row.id, SYSTEM), launch.Launched)
        customer = session.scalars(
            select(Customer)
            .where(
                Customer.city == "Bath",
                Customer.email != "",
                text("(customers.metadata ->> 'orders')::numeric > 3"),
                exists().where(Consent.customer_id == Customer.id, Consent.permission_id == channel.permission_id, Consent.given),
            )
            .order_by(Customer.id)
        ).first()
        assert customer is not None

    ann.goto(f"/customers/cust_{customer.id.hex}/edit")
    ann.page.get_by_label("City").fill("Bristol")
    ann.page.get_by_role("button", name=re.compile("^Save")).click()
    before = time.monotonic()
    installation.until(
        lambda session: session.scalar(
            select(Delivery.id).where(Delivery.customer_id == customer.id, Delivery.distribution_id == row.id, Delivery.state == "accepted")
        ),
        20,
    )
    print(f"{time.monotonic() - before:.2f} s after the city was saved")
    ann.goto("/inbox")
    expect(ann.page.locator("main")).to_contain_text("A loaf")
