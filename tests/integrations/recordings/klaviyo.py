"""What Klaviyo answers: https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling and its published OpenAPI document."""

import hmac
import json
import re
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
EXPECTED_OF = {"profiles": {"partial": {Fate.PENDING, Fate.REFUSED}, "too big": {Fate.PENDING}}}
OPTIONS = {"metric": "Voucher Assigned"}
DATA = {"voucher_code": "CODE-%n", "balance": ""}
TOO_MANY = 400
"""`too big`: this peer takes no call with more."""
SPEC = "klaviyo/klaviyo-slim-deref.json"
OPENAPI = {f"/api/{path}": (SPEC, f"/api/{path}") for path in ("events", "event-bulk-create-jobs", "profile-bulk-import-jobs")}
JOB = "dmFsZW50aW5h"

SECRET, STAMP = "supersecretkey_1234567890", "Tue, 14 Apr 2026 03:50:12 GMT"
BODY = json.dumps(
    {
        "data": [
            {
                "topic": "event:klaviyo.unsubscribed_from_email_marketing",
                "external_id": "evt",
                "payload": {
                    "data": {
                        "type": "event",
                        "attributes": {"event_properties": {"$email": "hello@world.com"}},
                        "relationships": {"profile": {"data": {"type": "profile", "id": "01GDDKASAP8TKDDA2GRZDSVP4H"}}},
                    }
                },
            }
        ],
        "meta": {"klaviyo_webhook_id": "x"},
    }
).encode()


def signed(body: bytes) -> dict[str, str]:
    """The headers of a system webhook."""
    given = hmac.digest(SECRET.encode(), body + STAMP.encode(), "sha256").hex()
    return {"klaviyo-signature": given, "klaviyo-timestamp": STAMP, "klaviyo-webhook-id": "x"}


RECEIPTS = [(Request(signed(BODY), BODY), Receipt(Happened.UNSUBSCRIBED_ALL, address="hello@world.com"))]


def settings(url: str) -> dict[str, str]:
    return {
        "api_key": "pk_hidden-word", "id_field": "source_id", "id_key": "", "known_by": "external_id", "contact": "yes",
        "revision": "2026-07-15", "api": url, "webhook_secret": SECRET,
    }  # fmt: skip


def asked(seen: Seen) -> list[tuple[str, dict[str, Any]]]:
    """Profile and attributes of each item of a call."""
    data = json.loads(seen.body)["data"]
    if data["type"] == "event":
        items = [(data["attributes"]["profile"]["data"], data["attributes"])]
    elif data["type"] == "event-bulk-create-job":
        each = [item["attributes"] for item in data["attributes"]["events-bulk-create"]["data"]]
        items = [(one["profile"]["data"], event["attributes"]) for one in each for event in one["events"]["data"]]
    else:
        items = [(one, one["attributes"]) for one in data["attributes"]["profiles"]["data"]]
    return [(str(profile.get("id") or profile["attributes"].get("external_id")), about) for profile, about in items]


def error(status: int, detail: str, *pointers: str) -> bytes:
    found = [
        {"id": "8f145b8b", "status": status, "code": "invalid", "title": "Invalid input.", "detail": detail, "source": {"pointer": pointer}}
        for pointer in pointers or ("/data",)
    ]
    return json.dumps({"errors": found}).encode()


def pointer(seen: Seen, index: int) -> str:
    """How an error points at an item of this call."""
    array = "profiles" if "profile-bulk" in seen.path else "events-bulk-create"
    return f"/data/attributes/{array}/data/{index}/attributes/email"


def job(status: str = "queued", total: int = 0, failed: int = 0, id: str = JOB) -> bytes:
    counts = {"total_count": total, "completed_count": total - failed, "failed_count": failed}
    about = {"status": status, "created_at": "2026-11-20T07:00:00Z", **counts}
    return json.dumps({"data": {"type": "profile-bulk-import-job", "id": id, "attributes": about}}).encode()


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return 401, {}, error(401, "Incorrect authentication credentials: pk_hidden-word SECRET BYTES")
    if seen.path == "/api/accounts":
        return 200, {}, b'{"data": []}'
    if seen.body == b'{"data":{}}':
        return 400, {}, error(400, "'type' is a required field.")
    people = [who for who, _ in asked(seen)]
    match situation:
        case "partial" if bad := [n for n, who in enumerate(people) if re.match("nobody", who)]:
            return 400, {}, error(400, "The value is not valid.", *(pointer(seen, n) for n in bad))
        case "throttled":
            return 429, {"Retry-After": "7"}, error(429, "Request was throttled.")
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(people) > TOO_MANY:
            return 413, {}, error(413, "Payload too large")
    taken.extend(people)
    headers = {"RateLimit-Limit": "10, 10;w=1, 150;w=60", "RateLimit-Remaining": "149", "RateLimit-Reset": "1"}
    return 202, headers, job(total=len(people)) if "profile-bulk" in seen.path else b""
