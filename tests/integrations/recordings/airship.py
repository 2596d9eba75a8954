"""What Airship answers: the responses and examples of its OpenAPI document."""

import json
from typing import Any
from urllib.parse import unquote

from integrations.contract import Fate
from tests.integrations.replies import Reply, Seen

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.UNSURE},
    "cut": {Fate.UNSURE},
    "too big": {Fate.ACCEPTED},
}
EXPECTED_OF = {"attributes": {"server error": {Fate.LATER}, "cut": {Fate.LATER}}}
PARTS: dict[str, str] = {}
OPTIONS = {"event": "voucher_assigned", "template": "ef34a8d9-0ad7-491c-86b0-aea74da15161"}
DATA = {"voucher_code": "CODE-%n", "balance": ""}
TOO_MANY = 40
"""`too big`: this peer takes no call with more."""
OPERATION = "ef625038-70a3-41f1-826f-57bc11dd625a"
APP_KEY = "0123456789abcdefABCDEF"


def settings(url: str) -> dict[str, str]:
    return {
        "app_key": APP_KEY, "token": "hidden-word-of-airship", "cloud": "other", "api": url, "id_field": "source_id", "id_key": "",
        "sender_name": "Maple & Rye", "sender_address": "hello@maple.example", "reply_to": "answers@maple.example",
    }  # fmt: skip


def error(status: int, code: int, words: str, path: str = "") -> tuple[int, dict[str, str], bytes]:
    about: dict[str, Any] = {"ok": False, "operation_id": OPERATION, "error": words, "error_code": code}
    if path:
        about["details"] = {"error": words, "path": path, "location": {"line": 1, "column": 10}}
    return status, {}, json.dumps(about).encode()


def people(seen: Seen) -> list[str]:
    """Named users or addresses that a call is about."""
    said = json.loads(seen.body)
    if isinstance(said, list):
        return [one["user"]["named_user_id"] for one in said]
    if "audience" in said:
        return [one["ua_address"] for one in said["audience"]["create_and_send"]]
    return [unquote(seen.path.split("/")[3])]


def success(seen: Seen) -> Reply:
    """How it takes this call."""
    if seen.path.endswith("/attributes"):
        return 200, {}, b'{"ok": true}'
    more = {"push_ids": ["9c5c2d43"]} if "create-and-send" in seen.path else {}
    return 202 if more else 200, {}, json.dumps({"ok": True, "operation_id": OPERATION, **more}).encode()


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return error(401, 40101, "Unauthorized hidden-word SECRET BYTES")
    if seen.path.startswith("/api/segments"):
        return 200, {}, b'{"segments": []}'
    if seen.path == "/api/channels/email/suppress":
        return 202, {}, json.dumps({"ok": True, "operation_id": OPERATION}).encode()
    asked = people(seen)
    nobody = next((number for number, who in enumerate(asked) if who.startswith("nobody")), None)
    match situation:
        case "partial" if nobody is not None and seen.path.endswith("/attributes"):
            return 200, {}, b'{"ok": true, "warning": "The named user does not exist."}'
        case "partial" if nobody is not None:
            where = f"audience.create_and_send[{nobody}].ua_address" if "create-and-send" in seen.path else f"[{nobody}].user"
            return error(400, 40000, "Could not parse request body.", where)
        case "throttled":
            return error(429, 42900, "Too many requests")
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(asked) > TOO_MANY:
            return error(413, 41300, "Request entity too large")
    taken.extend(asked)
    return success(seen)
