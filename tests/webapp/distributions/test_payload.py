"""The payload designer: three kinds of body, each with what it would look like, with and without scripts."""

import html
import json
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.connections import edit
from domain.distributions.draft import store as draft
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.kernel.base import Prefix, outside
from domain.tables.distributions import Distribution
from tests.scenes import ANN, Scene
from tests.webapp.conftest import Browser
from tests.webapp.distributions.by_forms import send, stored, url, with_channel


@pytest.fixture
def row(ann: Browser, scene: Scene, session: Session) -> Distribution:
    """A draft that posts a code of a campaign to a segment; the channel was just added."""
    return with_channel(ann, scene, session, "webhook")


def sample(page: str) -> str:
    found = re.search(r"What is posted</h3>.*?<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_a_new_webhook_posts_the_default_body_and_shows_it_filled(ann: Browser, session: Session, row: Distribution) -> None:
    page = ann.get(url(row, "channels")).text

    assert stored(session, row).parts["payload_kind"] == "default"
    assert "{{ voucher.code }}" in html.unescape(page)
    body = json.loads(sample(page))
    assert body["type"] == "code.sent"
    assert body["data"]["customer"]["name"] == "Dina Okafor"
    assert body["data"]["distribution"]["id"] == outside(Prefix.DISTRIBUTION, row.id)
    assert 'id="c1-payload"' not in page
    made = plan(session, draft.working(row))
    assert isinstance(made, Plan)
    assert json.loads(made.channels[0].parts["payload"])["data"]["voucher"]["code"] == "{{ voucher.code }}"


@pytest.mark.parametrize("htmx", [False, True], ids=["without scripts", "with htmx"])
def test_a_custom_body_begins_as_the_default_one(ann: Browser, session: Session, row: Distribution, htmx: bool) -> None:
    custom: dict[str, Any] = {"c1-payload_kind": "custom"}
    send(ann, session, row, "channels", "choose", htmx, **custom)

    page = ann.get(url(row, "channels")).text
    assert 'id="c1-payload"' in page
    assert json.loads(stored(session, row).parts["payload"])["type"] == "code.sent"
    assert "JSON is valid" in page


def test_what_is_not_json_is_told_where_while_it_is_typed(ann: Browser, session: Session, row: Distribution) -> None:
    session.refresh(row)
    data = {"name": row.name, "row_version": row.row_version, "c1-payload_kind": "custom", "c1-payload": '{"a": 1,\n oops}'}
    answer = ann.htmx(url(row, "channels?auto"), data)

    assert "Line 2, column 2: this is not JSON" in answer.text
    assert "Not valid yet" in answer.text


def test_a_raw_body_is_any_text_with_a_type_of_its_own(ann: Browser, session: Session, row: Distribution) -> None:
    fields: dict[str, Any] = {"c1-payload_kind": "raw", "c1-payload": "<c n='{{ customer.name }}'/>", "c1-content_type": "application/xml"}
    send(ann, session, row, "channels", "choose", **fields)

    page = ann.get(url(row, "channels")).text
    assert sample(page) == "<c n='Dina Okafor'/>"
    assert "application/xml" in page
    assert "nothing is escaped" in page
    send(ann, session, row, "channels", "choose", **(fields | {"c1-content_type": "bad\r\nX: y"}))
    assert "Write a content type" in ann.get(url(row, "channels")).text


def test_the_summary_names_the_address_the_headers_and_the_mapped_fields(ann: Browser, session: Session, row: Distribution) -> None:
    settings = {"url": "https://shop.example/hooks?a=1", "headers": "Authorization: Bearer hidden-word"}
    connection, _ = edit.create(session, ANN, "webhook", "Shop", settings)
    send(ann, session, row, "channels", f"add:{outside(Prefix.CONNECTION, connection.id)}:webhook")
    send(ann, session, row, "channels", "remove:c1")

    page = ann.get(url(row, "summary")).text

    assert "https://shop.example/hooks?a=1" in page
    assert "authorization, content-type, webhook-id, webhook-timestamp, webhook-signature" in page
    assert "hidden-word" not in page
    assert "The default body, 15 mapped fields" in page
