"""What ActiveCampaign answers: the examples of its published OpenAPI document, with other addresses."""

import json
from typing import Any
from urllib.parse import urlencode

from integrations.contract import Fate, Happened, Receipt, Request
from tests.integrations.replies import Reply, Seen

EXPECTED = {
    "partial": {Fate.PENDING, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.LATER},
    "cut": {Fate.LATER},
    "too big": {Fate.PENDING},
}
OPTIONS = {"list": "19"}
DATA = {"VOUCHER_CODE": "CODE-%n", "BALANCE": ""}
TOO_MANY = 100
"""`too big`: this peer takes no import with more."""
MORE_SETTINGS = ({"automations": "yes"},)
SPEC = "activecampaign/activecampaign-v3.json"
OPENAPI = {"/api/3/import/bulk_import": (SPEC, "/import/bulk_import")}
CLOSED = True
"""Fields that neither the document nor its examples know are refused."""
JOB = "0641fbdd-f62f-4c2c-ba02-3a83d5d11ac9"
FIELDS = {"VOUCHER_CODE": 12, "BALANCE": 13, "CODE": 14}

SECRET = "a-secret-in-the-address"
UNSUBSCRIBE = {
    "type": "unsubscribe", "date_time": "2026-11-20T07:00:00+00:00", "initiated_from": "public", "initiated_by": "subscriber",
    "list": "19", "contact[id]": "113", "contact[email]": "johndoe@example.com", "contact[first_name]": "John",
    "unsubscribe[reason]": "Too many mails", "campaign[id]": "4",
}  # fmt: skip


def posted(form: dict[str, str], secret: str = SECRET) -> Request:
    """A webhook's post to the address that has the secret."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request(headers, urlencode(form).encode(), f"https://largesse.example/receipts/x?secret={secret}")


def unsigned(given: Request) -> Request:
    return Request(given.headers, given.body, given.url.partition("?")[0])


RECEIPTS = [
    (
        posted(UNSUBSCRIBE),
        Receipt(Happened.UNSUBSCRIBED, address="johndoe@example.com", at=1_795_158_000, reason="Too many mails"),
    )
]
SEALED = False
"""The secret is no signature over the body."""


def settings(url: str) -> dict[str, str]:
    return {
        "api_key": "hidden-word-of-ac", "host": "other", "account": "maple", "api": url, "id_field": "email", "id_key": "",
        "automations": "", "opt_out_lists": "19", "receipts_secret": SECRET,
    }  # fmt: skip


def asked(seen: Seen) -> list[tuple[str, dict[int, str]]]:
    """Each contact of an import with the values of its fields."""
    contacts: list[dict[str, Any]] = json.loads(seen.body)["contacts"]
    return [(one["email"], {field["id"]: field["value"] for field in one.get("fields", [])}) for one in contacts]


def fields(*names: str) -> bytes:
    """The answer of `GET /fields`."""
    listed = [{"id": str(FIELDS[name]), "perstag": name, "title": name, "type": "text"} for name in names or FIELDS]
    return json.dumps({"fieldOptions": [], "fieldRels": [], "fields": listed, "meta": {"total": str(len(listed))}}).encode()


def queued(count: int, job: str = JOB) -> bytes:
    return json.dumps({"Success": 1, "queued_contacts": count, "batchId": job, "message": "Contact import queued"}).encode()


def failed(*numbers: int) -> bytes:
    """An import that is refused as a whole, for these contacts."""
    why = "JSON payload did not pass validation. Please fix failure Reasons and retry. The import was not queued for processing."
    reasons = [{"contact": number, "failureReason": "Field 'email' incorrect format"} for number in numbers]
    return json.dumps({"success": 0, "message": why, "failureReasons": reasons}).encode()


RATE = json.dumps(
    {
        "success": 0,
        "message": "Rate limit exceeded.",
        "failureReasons": ["Up to 100 imports may be requested per minute."],
    }
).encode()


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return 403, {}, b'{"message": "hidden-word-of-ac SECRET BYTES"}'
    if seen.method == "GET":
        found = json.loads(fields()) | {"user": {"id": "1"}, "lists": [{"id": "19"}]}
        return 200, {}, json.dumps(found).encode()
    people = [who for who, _ in asked(seen)]
    unwanted = [at for at, who in enumerate(people) if situation == "partial" and who.startswith("nobody")]
    match situation:
        case "throttled":
            return 429, {"Retry-After": "7"}, b'{"message": "Too many requests"}'
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(people) > TOO_MANY:
            return 413, {}, b""
        case "partial" if unwanted:
            return 400, {}, failed(*unwanted)
    taken.extend(people)
    return 200, {"RateLimit-Limit": "10", "RateLimit-Remaining": "9"}, queued(len(people))
