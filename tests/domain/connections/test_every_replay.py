"""A signed post is believed once, also when what its signature does not cover was changed: its address, an order, words around it."""

import datetime
import json
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.connections import edit, inbound
from domain.connections.inbound import DoorVerdict
from domain.kernel.actor import SYSTEM
from domain.tables.connections import RawReceipt
from integrations import catalogue
from integrations.contract import Request
from tests.integrations import recordings

Change = Callable[[Request], Request]
AGES = datetime.timedelta(days=36_500)


def elsewhere(post: Request) -> Request:
    return Request(post.headers, post.body, f"{post.url}?again=1")


def the_other_way_round(post: Request) -> Request:
    return Request(post.headers, urlencode(parse_qsl(post.body.decode(), keep_blank_values=True)[::-1]).encode(), post.url)


def written_otherwise(post: Request) -> Request:
    """The same form, with one letter in another way of writing it."""
    name, _, value = post.body.partition(b"=")
    return Request(post.headers, name + b"=" + re.sub(b"[g-z]", lambda found: b"%%%02X" % ord(found[0]), value, count=1), post.url)


def with_other_words(post: Request) -> Request:
    said = json.loads(post.body)
    return Request(
        post.headers, json.dumps(said | {"event-data": said["event-data"] | {"recipient": "eve@example.com"}}).encode(), post.url
    )


CHANGES: dict[str, tuple[Change, ...]] = {
    "intercom": (elsewhere,),
    "klaviyo": (elsewhere,),
    "mailchimp": (elsewhere,),
    "mailgun": (elsewhere, with_other_words),
    "mandrill": (written_otherwise,),
    "sendgrid": (elsewhere,),
    "smtp": (elsewhere,),
    "twilio": (the_other_way_round, written_otherwise),
}
"""Provider that signs -> what can be changed without breaking its signature."""


def test_every_provider_that_signs_is_asked_here() -> None:
    assert {provider.key for provider in catalogue.providers() if provider.signature} == set(CHANGES)


@pytest.mark.parametrize(("key", "change"), [(key, change) for key, changes in CHANGES.items() for change in changes])
def test_a_changed_copy_is_answered_alike_and_not_kept(session: Session, monkeypatch: pytest.MonkeyPatch, key: str, change: Change) -> None:
    for name in ("BELIEVED_FOR", "AHEAD"):
        monkeypatch.setattr(inbound, name, AGES)
    module = recordings.of(key)
    values = module.settings(25) | {"signing": "none"} if key == "smtp" else module.settings("https://api.example")
    connection = edit.create(session, SYSTEM, key, "News", values)[0]
    post = module.RECEIPTS[0][0]
    copy = change(post)

    taken = [inbound.take(session, connection, one.headers, one.body, one.url) for one in (post, copy)]

    assert copy != post
    assert [one.verdict for one in taken] == [DoorVerdict.TAKEN] * 2
    assert session.scalar(select(func.count()).select_from(RawReceipt)) == 1
