"""What Intercom answers: https://developers.intercom.com/docs/references/rest-api/errors and the examples of its OpenAPI document 2.16."""

import hmac
import json
import re
from typing import Any
from urllib.parse import unquote

from integrations.contract import Fate, Happened, Receipt, Request
from tests.integrations.replies import Reply, Seen

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.LATER},
    "cut": {Fate.LATER},
}
EXPECTED_OF = {"events": {"server error": {Fate.UNSURE}, "cut": {Fate.UNSURE}}}
LEFT_OUT = {"too big": "one contact a call"}
PARTS: dict[str, str] = {}
OPTIONS = {"event": "voucher-assigned"}
DATA = {"voucher_code": "CODE-%n", "balance": ""}
MORE_SETTINGS = ({"known_by": "email", "new_contacts": "create"}, {"new_attributes": "create"})
AT = 1_700_000_000

SECRET = "client-secret-abc"
BODY = json.dumps(
    {
        "type": "notification_event", "topic": "contact.unsubscribed", "id": "notif_1", "app_id": "abc123", "created_at": 1_690_000_000,
        "delivery_attempts": 1, "data": {"type": "notification_event_data", "item": {
        "type": "contact", "id": "6762f0cd1bb69f9f2193bb7c", "email": "dina@example.com", "unsubscribed_from_emails": True}},
    }
).encode()  # fmt: skip


def signed(body: bytes) -> dict[str, str]:
    """The headers of a webhook."""
    return {"x-hub-signature": f"sha1={hmac.digest(SECRET.encode(), body, 'sha1').hex()}"}


RECEIPTS = [(Request(signed(BODY), BODY), Receipt(Happened.UNSUBSCRIBED_ALL, address="dina@example.com", at=1_690_000_000))]


def settings(url: str) -> dict[str, str]:
    return {
        "token": "hidden-word-of-intercom", "region": "other", "api": url, "id_field": "source_id", "id_key": "", "known_by": "external_id",
        "new_contacts": "", "new_attributes": "", "client_secret": SECRET,
    }  # fmt: skip


def error(status: int, code: str, message: str, **more: str) -> tuple[int, dict[str, str], bytes]:
    about = {
        "type": "error.list",
        "request_id": "212c8206-e7a6-44c8-8f27-5f0ad7f1d243",
        "errors": [{"code": code, "message": message, **more}],
    }
    return status, {"Content-Type": "application/json"}, json.dumps(about).encode()


def id_of(address: str) -> str:
    """Intercom's id of the contact with this external id: its letters, as hexadecimal."""
    return f"c0{address.encode().hex()}"


def address_of(id: str) -> str:
    return bytes.fromhex(id[2:]).decode()


def contact(address: str) -> dict[str, Any]:
    return {"type": "contact", "id": id_of(address), "external_id": address, "email": address, "role": "user", "custom_attributes": {}}


def contacts(*addresses: str) -> bytes:
    pages = {"type": "pages", "page": 1, "per_page": 150, "total_pages": 1}
    return json.dumps({"type": "list", "data": [contact(one) for one in addresses], "total_count": len(addresses), "pages": pages}).encode()


def attribute(name: str) -> dict[str, Any]:
    return {"type": "data_attribute", "name": name, "full_name": f"custom_attributes.{name}", "model": "contact", "custom": True,
            "data_type": "string", "api_writable": True, "archived": False, "id": 37}  # fmt: skip


def looked_up(seen: Seen, said: dict[str, Any], nobody: re.Pattern[str] = re.compile("nobody")) -> Reply | None:
    """The answer to what changes nothing, or None."""
    if seen.path == "/me":
        return (
            200,
            {},
            json.dumps({"type": "admin", "id": "991267459", "app": {"type": "app", "id_code": "abc123", "region": "US"}}).encode(),
        )
    if seen.path == "/contacts/search":
        wanted = said["query"]["value"]
        return 200, {}, contacts(*(one for one in (wanted if isinstance(wanted, list) else [wanted]) if not nobody.match(one)))
    if seen.path.startswith("/contacts/find_by_external_id/"):
        address = unquote(seen.path.rpartition("/")[2])
        return error(404, "not_found", "User Not Found") if nobody.match(address) else (200, {}, json.dumps(contact(address)).encode())
    if seen.path.startswith("/data_attributes"):
        if seen.method == "POST":
            return 200, {}, json.dumps(attribute(said["name"])).encode()
        return 200, {}, json.dumps({"type": "list", "data": [attribute("voucher_code")]}).encode()
    return None


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return error(401, "unauthorized", "Access Token Invalid hidden-word SECRET BYTES")
    said = json.loads(seen.body) if seen.body else {}
    match situation:
        case "throttled":
            status, headers, body = error(429, "rate_limit_exceeded", "Exceeded rate limit of 1667 in 10_seconds")
            return status, headers | {"X-RateLimit-Limit": "1667", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(AT + 8)}, body
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
    if found := looked_up(seen, said):
        return found
    headers = {"X-RateLimit-Limit": "1667", "X-RateLimit-Remaining": "1600", "X-RateLimit-Reset": str(AT + 8)}
    if seen.path == "/events":
        who = str(said.get("user_id") or said.get("email") or said.get("id"))
        if who.startswith("nobody"):
            return error(404, "not_found", "User Not Found")
        taken.append(who)
        return 202, headers, b""
    who = said["email"] if seen.path == "/contacts" else address_of(seen.path.rpartition("/")[2])
    taken.append(who)
    return 200, headers, json.dumps(contact(who)).encode()
