"""What Textlocal answers, as its documentation shows it; some keys are from general knowledge."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

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
TOO_MANY = 200
KEY = "hidden-word-of-textlocal"


def posted(**said: str) -> Request:
    return Request({}, urlencode(said).encode())


RECEIPTS = [
    (
        posted(number="447701000001", status="D", customID="dlv_0", datetime="2026-11-20 10:00:00"),
        Receipt(Happened.DELIVERED, provider_id="dlv_0/447701000001"),
    ),
    (
        posted(inNumber="447860033028", sender="447701000001", keyword="MAPLE", content="Maple stop", comments="", email="", credits="9"),
        Receipt(Happened.STOPPED, address="+447701000001"),
    ),
]


def settings(url: str) -> dict[str, str]:
    return {"api_key": KEY, "country": "other", "api": url, "sender": "Maple Rye", "unicode": "yes", "test": "yes"}


def failure(code: int, text: str = "SECRET BYTES") -> Reply:
    return answered({"errors": [{"code": code, "message": text}], "status": "failure"})


def answered(said: dict[str, Any]) -> Reply:
    return 200, {"content-type": "application/json"}, json.dumps(said).encode()


def asked(seen: Seen) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The form, and its messages: several, or the one of `/send/`."""
    form = dict(parse_qsl(seen.body.decode()))
    if seen.path == "/bulk_json/":
        messages: list[dict[str, Any]] = json.loads(form["data"])["messages"]
        return form, messages
    return form, [{"number": int(form["numbers"]), "text": form["message"]}] if seen.path == "/send/" else []


def success(numbers: list[int], gone: list[int]) -> dict[str, Any]:
    """Messages within messages, and beside them what was not sent."""
    sent = [{"num_messages": 1, "messages": [{"id": str(n), "recipient": number}]} for n, number in enumerate(numbers)]
    return {
        "balance": 100, "cost": len(numbers), "messages": sent, "status": "success",
        "messages_not_sent": [
            {"number": number, "unique_id": "", "error": {"code": 32, "message": "SECRET BYTES"}} for number in gone
        ],
    }  # fmt: skip


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    form, messages = asked(seen)
    match situation:
        case "throttled":
            return 429, {"retry-after": "7"}, b"SECRET BYTES"
        case "bad key":
            return failure(3, f"Invalid login details for {form['apikey']} SECRET BYTES")
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(messages) > TOO_MANY:
            return 413, {}, b""
    if seen.path == "/balance/":
        return answered({"balance": {"sms": 100, "mms": 0}, "status": "success"})
    gone = [m["number"] for m in messages if is_nobody(str(m["number"]))]
    fine = [m["number"] for m in messages if m["number"] not in gone]
    taken.extend(f"+{number}" for number in fine)
    return answered(success(fine, gone)) if fine else failure(51)
