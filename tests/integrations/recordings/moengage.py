"""What MoEngage answers: the examples of its OpenAPI documents of Data and Inform, and its page on Streams."""

import json
from typing import Any

from integrations.contract import Fate, Happened, Receipt, Request
from tests.integrations.replies import Reply, Seen

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.LATER},
    "cut": {Fate.LATER},
    "too big": {Fate.ACCEPTED},
}
EXPECTED_OF = {"events": {"server error": {Fate.UNSURE}, "cut": {Fate.UNSURE}}}
PARTS: dict[str, str] = {}
OPTIONS = {"event": "voucher_assigned", "alert": "636b77e6e2cf83277195fb60"}
DATA = {"voucher_code": "CODE-%n", "balance": ""}
MORE_SETTINGS = ({"new_profiles": "create"}, {"id_field": "email"})
TELLS_WITH = {"id_field": "email"}
TOO_MANY = 70
"""`too big`: this peer takes no call with more."""
AT = 1_700_000_000
WORKSPACE, TOKEN = "VJ0GSMESHMQA3L7WV1EEK3UR", "token-of-streams"
SEALED = False
BODY = json.dumps(
    {
        "app_name": "Maple", "source": "MOENGAGE", "moe_request_id": "r1", "events": [
            {"event_name": "Email Unsubscribed", "event_code": "MOE_EMAIL_UNSUBSCRIBE", "event_uuid": "u1", "event_time": 1_690_000_000,
             "event_type": "USER_ACTION_EVENT", "uid": "c-1", "email_id": "dina@example.com", "event_attributes": {"campaign_id": "1"}},
        ],
    }
).encode()  # fmt: skip
RECEIPTS = [
    (Request({"authorization": f"Bearer {TOKEN}"}, BODY), Receipt(Happened.UNSUBSCRIBED_ALL, address="dina@example.com", at=1_690_000_000))
]


def settings(url: str) -> dict[str, str]:
    return {
        "workspace": WORKSPACE, "data_key": "hidden-word-data", "inform_key": "hidden-word-inform", "centre": "other", "api": url,
        "id_field": "source_id", "id_key": "", "new_profiles": "", "streams_token": TOKEN,
    }  # fmt: skip


def failed(status: int, kind: str, message: str) -> tuple[int, dict[str, str], bytes]:
    error = {"type": kind, "message": message, "request_id": "kKcQUqvo"}
    return status, {"Content-Type": "application/json"}, json.dumps({"status": "fail", "error": error}).encode()


def inform_error(status: int, code: str, message: str, number: int) -> tuple[int, dict[str, str], bytes]:
    return status, {}, json.dumps({"err_code": code, "message": message, "status_code": number}).encode()


def success() -> bytes:
    return json.dumps({"status": "success", "message": "Your request has been accepted and will be processed soon."}).encode()


def people(seen: Seen) -> list[str]:
    """The ids that a call is about."""
    said: dict[str, Any] = json.loads(seen.body)
    return [one["customer_id"] for one in said["elements"]] if "elements" in said else [said.get("user_id") or said["customer_id"]]


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return failed(401, "Authentication required", "App Secret key mismatch. hidden-word SECRET BYTES")
    if seen.path == "/v1/integrations/authentication":
        return 200, {}, json.dumps({"status": "success", "app_name": WORKSPACE}).encode()
    asked, alert = people(seen), seen.path == "/v1.0/alerts/send"
    match situation:
        case "partial" if any(who.startswith("nobody") for who in asked):
            return (
                inform_error(400, "BAD_REQUEST", "Invalid recipient", 120003)
                if alert
                else failed(400, "TypeError", "customer_id is not valid")
            )
        case "throttled":
            headers = {"x-ratelimit-limit": "10000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(AT + 30)}
            return 429, headers, inform_error(429, "Rate Limit", "Too many requests", 140110)[2]
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(asked) > TOO_MANY:
            return failed(413, "PayloadTooLarge", "Payload too large")
    taken.extend(asked)
    return 200, {}, b'{"message": "Successfully Received", "request_id": "6f1d"}' if alert else success()
