"""What Mailchimp answers: https://mailchimp.com/developer/marketing/docs/errors/ and the published swagger of the Marketing API."""

import hashlib
import hmac
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
DATA = {"VCODE": "CODE-%n", "VUNTIL": "2026-12-31"}
TOO_MANY = 200
KEY = "0123456789abcdefhiddenword00000-us19"
SECRET = "mc_secret_example"
ADDRESSES = {
    hashlib.md5(f"{name}{n}@example.com".encode(), usedforsecurity=False).hexdigest(): f"{name}{n}@example.com"
    for name in ("dina", "nobody")
    for n in range(500)
}
HELLO = b"type=unsubscribe&fired_at=2026-11-20+07%3A00%3A00&data%5Blist_id%5D=a6b5da1054&data%5Bemail%5D=hello%40example.com"


def signed(body: bytes, at: int = 1718000000) -> dict[str, str]:
    return {"x-mailchimp-signature": f"t={at},v1={hmac.digest(SECRET.encode(), f'{at}.'.encode() + body, 'sha256').hex()}"}


RECEIPTS = [
    (
        Request(signed(HELLO), HELLO),
        Receipt(Happened.UNSUBSCRIBED, address="hello@example.com", at=1795158000),
    )
]


def settings(url: str) -> dict[str, str]:
    return {"api_key": KEY, "audience": "a6b5da1054", "new_contacts": "transactional", "signing_secret": SECRET, "api": url}


def problem(status: int, title: str, **more: Any) -> Reply:
    body = {"type": "https://mailchimp.com/developer/", "title": title, "status": status, "detail": "SECRET BYTES", **more}
    return status, {"content-type": "application/problem+json"}, json.dumps(body).encode()


ANSWERS: dict[str, Reply] = {
    "throttled": (429, {"retry-after": "7"}, b""),
    "bad key": problem(401, "API Key Invalid"),
    "server error": (502, {}, b"<html>SECRET BYTES</html>"),
    "cut": "cut",
}


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation in ANSWERS and (seen.method == "POST" or situation == "bad key"):
        return ANSWERS[situation]
    if seen.method == "GET":
        return 200, {}, json.dumps({"id": "a6b5da1054", "merge_fields": [{"tag": "VCODE"}]}).encode()
    return members(seen, taken, situation) if seen.path.startswith("/3.0/lists/a6b5da1054?") else event(seen, taken)


def members(seen: Seen, taken: list[str], situation: str) -> Reply:
    people = json.loads(seen.body)["members"]
    if situation == "too big" and len(people) > TOO_MANY:
        return problem(413, "Request Entity Too Large")
    errors = [
        {"email_address": one["email_address"], "error": "Please provide a valid email address.", "error_code": "ERROR_GENERIC"}
        for one in people
        if one["email_address"].startswith("nobody")
    ]
    fine = [one["email_address"] for one in people if not one["email_address"].startswith("nobody")]
    taken.extend(fine)
    body = {"new_members": [], "updated_members": [{"email_address": a} for a in fine], "errors": errors, "error_count": len(errors)}
    return 200, {}, json.dumps(body).encode()


def event(seen: Seen, taken: list[str]) -> Reply:
    address = ADDRESSES[seen.path.split("/")[5]]
    if address.startswith("nobody"):
        return problem(404, "Resource Not Found")
    taken.append(address)
    return 204, {}, b""
