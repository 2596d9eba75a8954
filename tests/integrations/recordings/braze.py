"""What Braze answers: https://www.braze.com/docs/api/errors and https://www.braze.com/docs/api/endpoints/user_data/post_user_track

`errors` with `type`, `input_array` and `index` is what its users see in answers of /users/track; its pages show prose.
"""

import json
from typing import Any

from integrations.contract import Fate, Happened, Receipt, Request
from tests.integrations.replies import Reply, Seen

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.UNSURE},
    "cut": {Fate.UNSURE},
    "too big": {Fate.ACCEPTED},
}
SAFE = {"server error": {Fate.LATER}, "cut": {Fate.LATER}}
EXPECTED_OF = {"attributes": SAFE, "transactional": SAFE}
"""Where Braze recognises a repetition, it is simply sent again."""
OPTIONS = {
    "event": "Voucher assigned",
    "campaign": "0aa9cd3a-5a37-4ff1-a3f7-1d5b9a3c8d10",
    "canvas": "5c9e8a41-96f2-4d0b-bd53-6e0f0e3a7f21",
}
DATA = {"voucher_code": "CODE-%n", "balance": ""}
SEALED = False
"""Braze shows a token and does not sign the body."""
TOO_MANY = 10
"""`too big`: this peer takes no call with more."""
OPENAPI = {
    "/users/track": ("braze/user-data.openapi.yml", "/users/track"),
    "/campaigns/trigger/send": ("braze/messaging-send-messages.openapi.yml", "/campaigns/trigger/send"),
}
"""Made from examples; of Canvases it says that `canvas_entry_properties` is a string, and of transactional mails a list of recipients."""

CURRENTS = {
    "events": [
        {
            "event_type": "users.messages.email.Delivery",
            "id": "a1234567-89ab-cdef-0123-456789abcdef",
            "time": 1700000100,
            "user": {"user_id": "0123456789abcdef01234567", "external_user_id": "c-7", "device_id": "fe", "timezone": "America/Chicago"},
            "properties": {"campaign_id": "11234567-89ab", "dispatch_id": "d1", "email_address": "dina@example.com", "new_field": None},
        }
    ]
}
SHOWN = {"authorization": "Bearer hidden-token"}
RECEIPTS = [
    (Request(SHOWN, json.dumps(CURRENTS).encode()), Receipt(Happened.DELIVERED, provider_id="d1/c-7", at=1700000100)),
]


def settings(url: str) -> dict[str, str]:
    return {
        "api_key": "hidden-word", "instance": "other", "api": url, "id_field": "source_id", "id_key": "", "known_by": "user_alias",
        "alias_label": "crm", "objects": "75", "receipts_token": "hidden-token",
    }  # fmt: skip


def who(said: dict[str, Any]) -> str:
    """Whom an object is about."""
    for name in ("user_alias", "external_id", "external_user_id", "braze_id", "email"):
        if name in said:
            return str(said[name]["alias_name"]) if name == "user_alias" else str(said[name])
    raise AssertionError(f"about nobody: {said}")


def objects(seen: Seen) -> tuple[str, list[dict[str, Any]]]:
    """The array that a call fills, and what is in it."""
    body = json.loads(seen.body)
    if "recipient" in body:
        return "recipients", [body["recipient"]]
    (array,) = {"attributes", "events", "recipients"} & set(body)
    return array, body[array]


def left_out(array: str, bad: list[int], count: int) -> Reply:
    """A success that is not one for all."""
    errors = [{"type": "The value is not valid.", "input_array": array, "index": n} for n in bad]
    return 201, {}, json.dumps({"message": "success", "errors": errors, f"{array}_processed": count - len(bad)}).encode()


def said(text: str, *errors: str) -> bytes:
    return json.dumps({"message": text, "errors": list(errors)}).encode()


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "bad key":
        return 401, {}, said("Error authenticating credentials", "hidden-word", "SECRET BYTES")
    if seen.path.startswith("/campaigns/list"):
        return 200, {}, b'{"message": "success", "campaigns": []}'
    array, asked = objects(seen)
    match situation:
        case "partial" if bad := [n for n, one in enumerate(asked) if who(one).startswith("nobody")]:
            taken.extend(who(one) for n, one in enumerate(asked) if n not in bad)
            return left_out(array, bad, len(asked))
        case "throttled":
            headers = {"x-ratelimit-limit": "250000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000007"}
            return 429, headers, said("Rate limit exceeded")
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(asked) > TOO_MANY:
            return 400, {}, said("Max Input Length Exceeded")
    taken.extend(map(who, asked))
    done = (
        {"message": "success", "dispatch_id": "d1"} if array == "recipients" else {"message": "success", f"{array}_processed": len(asked)}
    )
    return 201, {"x-ratelimit-remaining": "249000"}, json.dumps(done).encode()
