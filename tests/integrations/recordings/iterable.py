"""What Iterable answers: its published Swagger document, and the payloads of its article on system webhooks."""

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
_ALONE = {"server error": {Fate.UNSURE}, "cut": {Fate.UNSURE}}
EXPECTED_OF = {"campaign": _ALONE, "journey": _ALONE}
OPTIONS = {"event": "Voucher assigned", "campaign": "4711", "journey": "815"}
DATA = {"voucher_code": "CODE-%n", "balance": ""}
TOO_MANY = 400
"""`too big`: this peer takes no call with more."""
MORE_SETTINGS = ({"known_by": "userId", "makes_profiles": "yes"}, {"new_fields": "yes"})
SPEC = "iterable/api-docs.json"
PATHS = ("users/bulkUpdate", "events/trackBulk", "email/target", "workflows/triggerWorkflow")
OPENAPI = {f"/api/{path}": (SPEC, f"/api/{path}") for path in PATHS}
CLOSED = True
"""Fields that the document does not know are refused."""

TOKEN = "J1qK1c18UUGJFAzz9xnH56584l4"
BOUNCE: dict[str, Any] = {
    "email": "sheldon@example.com",
    "eventName": "emailBounce",
    "dataFields": {
        "createdAt": "2026-11-20 07:00:00 +00:00",
        "campaignId": 4711,
        "templateId": 93849,
        "messageId": "d0aa7801f91f4824997a631f3ed583c3",
        "emailSubject": "My subject",
        "campaignName": "My campaign name",
        "recipientState": "HardBounce",
        "channelId": 3420,
        "messageTypeId": 3866,
    },
}
RECEIPTS = [
    (
        Request({"authorization": TOKEN}, json.dumps(BOUNCE).encode()),
        Receipt(Happened.BOUNCED, address="sheldon@example.com", at=1_795_158_000),
    )
]
SEALED = False
"""The token is no signature over the body."""


def settings(url: str) -> dict[str, str]:
    return {
        "api_key": "hidden-word-of-iterable", "region": "other", "api": url, "id_field": "email", "id_key": "", "known_by": "email",
        "makes_profiles": "", "new_fields": "", "opt_out_channels": "3420", "receipts_token": TOKEN,
    }  # fmt: skip


def asked(seen: Seen) -> list[tuple[str, dict[str, Any]]]:
    """Whom each item of a call is about, and its values."""
    said = json.loads(seen.body)
    items = said.get("users") or said.get("events") or [said]
    keys = ("email", "userId", "recipientEmail", "recipientUserId")
    return [(next(str(item[key]) for key in keys if key in item), item.get("dataFields", {})) for item in items]


def said(code: str, msg: str = "") -> bytes:
    """`IterableApiResponse`."""
    return json.dumps({"msg": msg, "code": code, "params": None}).encode()


def counts(total: int, *unwanted: str, **more: Any) -> bytes:
    """`UserBulkUpdateListResponse` and `BulkTrackResponse` alike."""
    failed = {"invalidEmails": list(unwanted), "invalidUserIds": []}
    about = {"successCount": total - len(unwanted), "failCount": len(unwanted), "createdFields": [], "filteredOutFields": []}
    return json.dumps({**about, "failedUpdates": failed, "invalidEmails": list(unwanted), "invalidUserIds": [], **more}).encode()


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return 401, {}, said("BadApiKey", "Invalid API key hidden-word-of-iterable SECRET BYTES")
    if seen.method == "GET":
        return 200, {}, json.dumps({"lists": [], "channels": [{"id": 3420}], "fields": {"CODE": "string", "email": "string"}}).encode()
    if seen.body == b'{"users":[]}':
        return 200, {}, counts(0)
    people = [who for who, _ in asked(seen)]
    bulk = "ulk" in seen.path
    unwanted = [who for who in people if situation == "partial" and who.startswith("nobody")]
    match situation:
        case "throttled":
            return 429, {"Retry-After": "7"}, said("RateLimitExceeded", "Too many requests")
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(people) > TOO_MANY:
            return 400, {}, said("BatchTooLarge", "The batch is too large")
        case "partial" if unwanted and not bulk:
            return 400, {}, said("InvalidEmailAddressError", f"Invalid email: {unwanted[0]}")
    taken.extend(who for who in people if who not in unwanted)
    return 200, {}, counts(len(people), *unwanted) if bulk else said("Success")
