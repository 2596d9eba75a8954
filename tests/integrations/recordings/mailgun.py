"""What Mailgun answers, by its OpenAPI document and manual: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun"""

import email
import email.policy
import hmac
import json
from typing import Any

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
KEY = "key-test-signing"
TAKEN = (200, {}, b'{"id": "<20261120103000.abc@mg.maple.example>", "message": "Queued. Thank you."}')
NO_ADDRESS = "to parameter is not a valid address. please check documentation."


def posted(event: object, key: str = KEY, token: str = "hello" * 10, timestamp: str = "1529006854") -> Request:
    """What Mailgun posts, signed as its manual says."""
    signature = hmac.digest(key.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
    said = {"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": event}
    return Request({"content-type": "application/json"}, json.dumps(said).encode())


def unsigned(request: Request) -> Request:
    """The same without its signature, which stands in the body."""
    return Request(request.headers, json.dumps({"event-data": json.loads(request.body)["event-data"]}).encode())


FAILED = {
    "event": "failed",
    "id": "G9Bn5sl1TC6nu79C8C0bwg",
    "timestamp": 1521233195.375624,
    "severity": "permanent",
    "reason": "suppress-bounce",
    "recipient": "alice@example.com",
    "delivery-status": {
        "attempt-no": 1,
        "message": "",
        "code": 605,
        "description": "Not delivering to previously bounced address",
        "session-seconds": 0.0,
    },
    "message": {"headers": {"to": "Alice <alice@example.com>", "message-id": "20130503192659.13651.20287@mg.maple.example"}},
    "user-variables": {"largesse_message": "dlv_1", "largesse_distribution": "distr_1"},
    "tags": [],
    "flags": {"is-test-mode": False},
}
"""Mailgun's own example of an event, with our variables in it."""
RECEIPTS = [
    (
        posted(FAILED),
        Receipt(
            Happened.DROPPED, message_id="dlv_1", provider_id="20130503192659.13651.20287@mg.maple.example", address="alice@example.com",
            at=1521233195, reason="Not delivering to previously bounced address", because=Happened.BOUNCED,
        ),
    )
]  # fmt: skip


def settings(url: str) -> dict[str, str]:
    return {"api_key": "key-hidden-word", "domain": "mg.maple.example", "region": "other", "api": url, "verification_key": KEY}


def form(seen: Seen) -> dict[str, list[str]]:
    """The fields of a form, each with all its values."""
    whole = b"Content-Type: " + seen.headers["content-type"].encode() + b"\r\n\r\n" + seen.body
    fields: dict[str, list[str]] = {}
    for part in email.message_from_bytes(whole, policy=email.policy.HTTP).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        fields.setdefault(name, []).append(part.get_payload(decode=True).decode())
    return fields


def variables(seen: Seen) -> dict[str, dict[str, str]]:
    """Recipient -> what differs for them."""
    said: dict[str, dict[str, str]] = json.loads(form(seen)["recipient-variables"][0])
    return said


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return 401, {}, b"Forbidden SECRET BYTES key-hidden-word"
    if seen.method == "GET":
        return 200, {}, b'{"domain": {"name": "mg.maple.example", "state": "active"}}'
    asked = form(seen)["to"]
    match situation:
        case "partial" if any(address.startswith("nobody") for address in asked):
            return 400, {}, error(NO_ADDRESS)
        case "throttled":
            said = "Domain mg.maple.example is not allowed to send: account-requests-per-sec limit exceeded, try again after 7 seconds"
            return 429, {}, error(said)
        case "server error":
            return 500, {}, error("Internal Server Error SECRET BYTES")
        case "cut":
            return "cut"
        case "too big" if len(asked) > TOO_MANY:
            return 413, {}, b""
    taken.extend(asked)
    return TAKEN


def error(message: str) -> bytes:
    return json.dumps({"message": message}).encode()


def event(**about: Any) -> dict[str, Any]:
    """An event about the message `dlv_1`."""
    return FAILED | about
