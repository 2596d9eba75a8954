"""A webhook from the designer of its body to the log of what was asked and answered, and sent again."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

import settings
from domain.connections import edit
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, outside
from domain.tables.connections import Connection
from domain.tables.sending import Delivery
from tests.integrations.peer import answering
from tests.journeys.installation import Installation
from tests.journeys.tab import Look, Tab
from tests.sending import a_campaign, a_project, a_segment, codes_to_segment


@pytest.fixture
def look() -> Look:
    return Look("light", 1280)


@pytest.fixture
def keys(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The installation's own keys, so that what is encrypted here can be read there."""
    monkeypatch.setenv("LARGESSE_SECRET_KEYS", (installation.data / "secret_keys").read_text())
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


def a_webhook(installation: Installation, url: str) -> Connection:
    with installation.transaction() as session:
        given = {"url": f"{url}/hooks", "headers": "Authorization: Bearer hidden-word"}
        return edit.create(session, SYSTEM, "webhook", f"Shop {time.monotonic_ns()}", given)[0]


def a_draft(installation: Installation, connection: Connection) -> str:
    with installation.transaction() as session:
        a_project(session)
        segment, campaign = a_segment(session, 3), a_campaign(session, 10)
        row = draft.create(session, SYSTEM)
        spec = Spec(
            trigger="manual", audience="segment", segment_id=segment.id, action="codes", campaign_id=campaign.id,
            channels=(ChannelSpec("c1", connection.id, "webhook", {"payload_kind": "default"}),),
            check_permission=False, no_permission_reason="Our own systems",
        )  # fmt: skip
        draft.store(session, row.id, spec, row.row_version, SYSTEM)
        return f"/distributions/{outside(Prefix.DISTRIBUTION, row.id)}"


def kind(page: Page, label: str) -> None:
    page.locator("label.choice", has_text=label).first.click()


@pytest.mark.usefixtures("keys")
def test_the_body_of_a_webhook_is_designed(ann: Tab, installation: Installation) -> None:
    where, page = a_draft(installation, a_webhook(installation, "https://shop.example")), ann.page
    ann.goto(f"{where}/channels")
    expect(page.get_by_text("The default body")).to_be_visible()
    expect(page.locator("#preview-c1")).to_contain_text('"type": "code.sent"')
    ann.settled("webhook-default")

    kind(page, "Custom JSON")
    payload = page.get_by_label("Payload", exact=True)
    payload.fill('{"code": "{{ voucher.code }}",\n "bad": }')
    expect(page.locator("#preview-c1")).to_contain_text("Line 2, column 9")
    ann.settled("webhook-not-json")
    payload.fill('{"code": "{{ voucher.code }}",\n "good": true}')
    expect(page.locator("#preview-c1")).to_contain_text("JSON is valid")

    kind(page, "Raw")
    expect(page.get_by_label("Content type")).to_be_visible()
    ann.settled("webhook-raw")

    ann.goto(f"{where}/summary")
    expect(page.get_by_text("https://shop.example/hooks")).to_be_visible()
    ann.settled("webhook-summary")


@pytest.mark.usefixtures("keys")
def test_what_was_asked_and_answered_is_shown_and_sent_again(ann: Tab, installation: Installation) -> None:
    answers = [(500, {}, b'{"error": "not now"}'), (200, {"Content-Type": "application/json"}, b'{"taken": true}')]
    with answering(lambda seen: answers[min(len(peer.seen), 2) - 1]) as peer:
        connection = a_webhook(installation, peer.url)
        with installation.transaction() as session:
            body = {"payload": '{"type": "code.sent", "code": "{{ voucher.code }}"}'}
            distribution = codes_to_segment(session, 1, connection=connection, mode="webhook", parts=body)

        def taken(session: object) -> bool:
            return bool(session.execute(text("SELECT EXISTS (SELECT FROM deliveries WHERE state = 'accepted')")).scalar_one())

        installation.until(taken, 40)
        with installation.transaction() as session:
            one = session.query(Delivery).filter_by(distribution_id=distribution.id).one()
        ann.goto(f"/distributions/{outside(Prefix.DISTRIBUTION, one.distribution_id)}/deliveries/{outside(Prefix.DELIVERY, one.id)}")
        page = ann.page
        expect(page.get_by_text("2 attempts, kept for 30 days")).to_be_visible()
        page.locator(".talk summary").nth(1).click()
        expect(page.get_by_text('{"error": "not now"}')).to_be_visible()
        ann.settled("webhook-log")

        page.get_by_role("button", name="Send again").click()
        page.get_by_role("button", name="Send it again").click()
        expect(page.get_by_text("3 attempts, kept for 30 days")).to_be_visible()
        assert len({seen.headers["webhook-id"] for seen in peer.seen}) == 1
