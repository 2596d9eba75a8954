"""What CM.com's gateway answers, as its SDKs read it; the keys of each message are from general knowledge."""

import json
from typing import Any

from integrations.contract import Fate, Happened, Receipt, Request
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import is_nobody

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.UNSURE},
    "cut": {Fate.UNSURE},
    "too big": {Fate.ACCEPTED},
}
PARTS = {"text": "Your code: %c%"}
SIGNS = False
TOO_MANY = 40
TOKEN = "hidden-word-of-cm"
REPORT = {
    "messages": {
        "msg": {
            "received": "2026-11-20 10:00:00",
            "to": "00447701000001",
            "reference": "1",
            "status": {"code": "2", "errorCode": "", "errorDescription": "Delivered"},
            "operator": "23410",
        }
    }
}
INCOMING = {
    "reference": "2f2d42ac-3809-40fb-bce5-dc720e400000",
    "from": {"number": "00447701000001", "name": ""},
    "to": {"number": "3669"},
    "message": {"text": "Stop", "media": {"mediaUri": "", "contentType": "", "title": ""}, "custom": {}},
    "groupings": ["", "", ""],
    "timeUtc": "2026-11-20T12:00:00",
    "channel": "SMS",
}
RECEIPTS = [
    (Request({}, json.dumps(REPORT).encode()), Receipt(Happened.DELIVERED, message_id="dlv_1")),
    (Request({}, json.dumps(INCOMING).encode()), Receipt(Happened.STOPPED, address="+447701000001")),
]


def settings(url: str) -> dict[str, str]:
    return {"token": TOKEN, "sender": "Maple", "gateway": "other", "api": url, "parts": "8"}


def said(code: int, details: str, messages: list[dict[str, Any]] | None = None, status: int = 200) -> Reply:
    return status, {"content-type": "application/json"}, json.dumps(
        {"details": details, "errorCode": code, "messages": messages or []}
    ).encode()  # fmt: skip


def one(message: dict[str, Any], code: int = 0) -> dict[str, Any]:
    return {
        "to": message["to"][0]["number"],
        "status": "Rejected" if code else "Accepted",
        "reference": message["reference"],
        "parts": 0 if code else 1,
        "messageDetails": "SECRET BYTES" if code else None,
        "messageErrorCode": code,
    }


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    messages = json.loads(seen.body)["messages"]["msg"]
    match situation:
        case "throttled":
            return 429, {"retry-after": "7"}, b"SECRET BYTES"
        case "bad key":
            return said(101, "Authentication failed for hidden-word SECRET BYTES", status=401)
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(messages) > TOO_MANY:
            return 413, {}, b""
    if not messages:
        return said(203, "The msg array is incorrect", status=400)
    bad = [is_nobody(message["to"][0]["number"]) for message in messages]
    taken.extend(f"+{m['to'][0]['number'].lstrip('0')}" for m, gone in zip(messages, bad, strict=True) if not gone)
    items = [one(m, 303 if gone else 0) for m, gone in zip(messages, bad, strict=True)]
    return said(201, "Not all messages were sent", items) if any(bad) else said(0, "Created 3 message(s)", items)
