"""What Mandrill answers, by its OpenAPI document 1.4: https://mailchimp.com/developer/transactional/api/messages/send-new-message/"""

import base64
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from integrations.contract import Fate, Happened, Receipt, Request
from tests.integrations.replies import Reply, Seen

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.UNSURE},
    "cut": {Fate.UNSURE},
    "too big": {Fate.ACCEPTED},
}
PARTS = {
    "subject": "For %c%",
    "text": "Your code: %c%",
    "html": "<p>%c%</p>",
    "from_email": "hello@maple.example",
    "from_name": "Maple",
    "reply_to": "re@maple.example",
}
TOO_MANY = 400
"""`too big`: this peer takes no call with more recipients."""
KEY = "webhook-key-123"
URL = "https://largesse.example/receipts/word?x=1"


def posted(*events: object, key: str = KEY, url: str = URL) -> Request:
    """What Mandrill posts, signed as its guide says."""
    text = json.dumps(events)
    signature = base64.b64encode(hmac.digest(key.encode(), f"{url}mandrill_events{text}".encode(), "sha1")).decode()
    headers = {"x-mandrill-signature": signature, "content-type": "application/x-www-form-urlencoded"}
    return Request(headers, urlencode({"mandrill_events": text}).encode(), url)


HARD_BOUNCE = {
    "event": "hard_bounce",
    "msg": {
        "ts": 1365109999,
        "subject": "hello",
        "email": "example.webhook@mandrillapp.com",
        "sender": "example.sender@mandrillapp.com",
        "tags": ["webhook-example"],
        "state": "bounced",
        "metadata": {"largesse_message": "dlv_1", "largesse_distribution": "distr_1"},
        "_id": "exampleaaaaaaaaaaaaaaaaaaaaaaaaa2",
        "_version": "exampleaaaaaaaaaaaaaaa",
        "bounce_description": "bad_mailbox",
        "bgtools_code": 10,
        "diag": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
    },
    "_id": "exampleaaaaaaaaaaaaaaaaaaaaaaaaa2",
    "ts": 1384954004,
}
"""Mandrill's own example of an event, with our metadata in it."""
RECEIPTS = [
    (
        posted(HARD_BOUNCE),
        Receipt(
            Happened.BOUNCED, message_id="dlv_1", provider_id="exampleaaaaaaaaaaaaaaaaaaaaaaaaa2",
            address="example.webhook@mandrillapp.com", at=1384954004,
            reason="smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        ),
    )
]  # fmt: skip


def settings(url: str) -> dict[str, str]:
    return {"api_key": "md-hidden-word", "api": f"{url}/api/1.4", "subaccount": "shop", "unsubscribe": "together", "verification_key": KEY}


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    match situation:
        case "throttled":
            return 429, {"retry-after": "7"}, error("RequestLimitExceeded", "SECRET BYTES")
        case "bad key":
            return 500, {}, error("Invalid_Key", "Invalid API key md-hidden-word SECRET BYTES")
        case "server error":
            return 500, {}, error("GeneralError", "SECRET BYTES")
        case "cut":
            return "cut"
    if seen.path.endswith("/users/ping2"):
        return 200, {}, b'{"PING": "PONG!"}'
    asked = [to["email"] for to in json.loads(seen.body)["message"]["to"]]
    if situation == "too big" and len(asked) > TOO_MANY:
        return 413, {}, b""
    lines = [line(address, "invalid" if address.startswith("nobody") else "queued") for address in asked]
    taken.extend(said["email"] for said in lines if said["status"] == "queued")
    return 200, {}, json.dumps(lines).encode()


def line(address: str, status: str, **more: object) -> dict[str, Any]:
    """One recipient of the reply."""
    return {"email": address, "status": status, "reject_reason": None, "queued_reason": None, "_id": f"id-of-{address}"} | more


def error(name: str, message: str, code: int = -1) -> bytes:
    return json.dumps({"status": "error", "code": code, "name": name, "message": message}).encode()
