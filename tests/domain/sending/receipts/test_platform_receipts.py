"""What platforms post comes to its right end: from the door to the list of addresses, and nothing where nobody showed the secret."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import edit, inbound
from domain.connections.inbound import DoorVerdict
from domain.kernel.actor import SYSTEM
from domain.sending.receipts import apply as receipts
from integrations.contract import Request
from tests.integrations import recordings
from tests.integrations.recordings import activecampaign, iterable
from tests.sending import a_project

MAIL, PHONE = "dina@example.com", "+447700900001"


def from_iterable(event: str, **fields: Any) -> Request:
    body = {"email": MAIL, "eventName": event, "dataFields": {"createdAt": "2026-11-20 07:00:00 +00:00"} | fields}
    return Request({"authorization": iterable.TOKEN}, json.dumps(body).encode())


def from_activecampaign(event: str, **fields: str) -> Request:
    return activecampaign.posted({"type": event, "contact[email]": MAIL, "contact[phone]": PHONE} | fields)


CASES = [
    ("iterable", from_iterable("emailBounce", recipientState="HardBounce"), [("email", "bounced")]),
    ("iterable", from_iterable("emailBounce", recipientState="SoftBounce"), []),
    ("iterable", from_iterable("emailComplaint"), [("email", "complained")]),
    ("iterable", from_iterable("emailUnSubscribe"), [("email", "unsubscribed")]),
    ("iterable", from_iterable("smsReceived", fromPhoneNumber=PHONE, smsMessage="Stop"), [("phone", "stop")]),
    ("iterable", from_iterable("emailOpen"), []),
    ("activecampaign", from_activecampaign("bounce", **{"bounce[type]": "hard"}), [("email", "bounced")]),
    ("activecampaign", from_activecampaign("bounce", **{"bounce[type]": "soft"}), []),
    ("activecampaign", from_activecampaign("unsubscribe"), [("email", "unsubscribed")]),
    ("activecampaign", from_activecampaign("sms_unsub"), [("phone", "stop")]),
    ("activecampaign", from_activecampaign("subscribe"), []),
]
"""Provider, what it posts, and what stands on the list of addresses afterwards: its kind and reason."""


@pytest.mark.parametrize(("key", "post", "listed"), CASES)
def test_a_post_comes_to_its_end(session: Session, key: str, post: Request, listed: list[tuple[str, str]]) -> None:
    a_project(session)
    connection = edit.create(session, SYSTEM, key, "News", recordings.of(key).settings("https://api.example"))[0]

    forged = inbound.take(session, connection, {}, post.body, "https://largesse.example/receipts/x")
    taken = inbound.take(session, connection, post.headers, post.body, post.url)
    receipts.apply_waiting(session)

    assert (forged.verdict, taken.verdict) == (DoorVerdict.FORGED, DoorVerdict.TAKEN)
    assert [tuple(row) for row in session.execute(text("SELECT kind, reason FROM suppressions"))] == listed
