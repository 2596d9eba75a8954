"""Receivers of webhooks, as Standard Webhooks 1.0 lets them answer."""

from integrations.contract import Fate
from tests.integrations.replies import Reply, Seen

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.LATER},
    "throttled": {Fate.LATER},
    "server error": {Fate.LATER},
    "cut": {Fate.LATER},
    "too big": {Fate.LATER},
}
LEFT_OUT = {"stand-in": "its runs, with its own schedule, are in tests/workers/sending/test_webhooks.py"}
PARTS = {"payload": '{"type": "code.sent", "code": "%c%"}'}
HEADERS = {"retry-after": "7"}
ANSWERS: dict[str, Reply] = {
    "success": (204, {}, b""),
    "throttled": (429, HEADERS, b"slow down, SECRET BYTES"),
    "bad key": (401, {}, b"SECRET BYTES"),
    "server error": (500, {}, b"SECRET BYTES"),
    "cut": "cut",
    "too big": (413, {}, b""),
}


def settings(url: str) -> dict[str, str]:
    return {
        "url": f"{url}/hooks",
        "secret": SECRET,
        "old_secret": OLD,
        "headers": "Authorization: Bearer hidden-word",
        "voucherify": "yes",
        "voucherify_key": "secretKey",
    }


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if situation == "partial" and b"nobody" in seen.body:
        return 400, {}, b"SECRET BYTES"
    reply = ANSWERS["success" if situation == "partial" else situation]
    if reply[0] == 204 and b"largesse.test" not in seen.body:
        taken.append(seen.headers["webhook-id"])
    return reply
