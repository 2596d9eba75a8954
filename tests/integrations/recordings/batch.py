"""What Batch answers: the examples of its pages on updates of profiles, with other people in them."""

import json
from typing import Any

from integrations.contract import Fate
from tests.integrations.replies import Reply, Seen

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.LATER},
    "cut": {Fate.LATER},
    "too big": {Fate.ACCEPTED},
}
EXPECTED_OF = {"events": {"server error": {Fate.UNSURE}, "cut": {Fate.UNSURE}}}
OPTIONS = {"event": "voucher_assigned"}
DATA = {"voucher_code": "CODE-%n", "balance": ""}
TOO_MANY = 5_000
"""`too big`: this peer takes no call with more."""


def settings(url: str) -> dict[str, str]:
    return {
        "api_key": "hidden-word-of-batch", "project": "project_0664hxvwffvbpn278gxdyhsadddqgna6", "id_field": "source_id", "id_key": "",
        "makes_profiles": "yes", "version": "2.11", "api": url,
    }  # fmt: skip


def asked(seen: Seen) -> list[tuple[str, dict[str, Any]]]:
    """Whom each operation is about, and its values."""
    found = []
    for one in json.loads(seen.body):
        values = one.get("attributes", {}) | {key: value for event in one.get("events", []) for key, value in event["attributes"].items()}
        found.append((str(one["identifiers"]["custom_id"]), values))
    return found


def partial(*lost: int, **about: Any) -> bytes:
    """Those operations lost an attribute, and everything else is taken."""
    error = {"category": "attribute", "reason": "cannot be empty or over 300 characters", "attribute": "voucher_code"} | about
    return json.dumps({"code": "SUCCESS_WITH_PARTIAL_ERRORS", "errors": [{**error, "bulk_index": at} for at in lost]}).encode()


def refused(code: str, message: str = "No.") -> bytes:
    return json.dumps({"error_code": code, "error_message": message}).encode()


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return 401, {}, refused("AUTHENTICATION_INVALID", "hidden-word-of-batch SECRET BYTES")
    if seen.body == b"[]":
        return 400, {}, refused("MALFORMED_PARAMETER", "The list is empty.")
    people = [who for who, _ in asked(seen)]
    unwanted = [at for at, who in enumerate(people) if situation == "partial" and who.startswith("nobody")]
    match situation:
        case "throttled":
            return 429, {"Retry-After": "7"}, refused("TOO_MANY_REQUESTS")
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(people) > TOO_MANY:
            return 413, {}, b""
    taken.extend(who for at, who in enumerate(people) if at not in unwanted)
    return 202, {}, partial(*unwanted) if unwanted else b'{"code": "SUCCESS"}'
