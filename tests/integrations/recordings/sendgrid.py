"""What SendGrid answers: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors and its published OpenAPI document."""

import datetime
import json

from sqlalchemy.orm import Session

from domain.kernel import clock
from integrations.contract import Fate, Happened, Receipt, Request
from tests.integrations.replies import Reply, Seen

EXPECTED = {
    "partial": {Fate.ACCEPTED, Fate.REFUSED},
    "throttled": {Fate.LATER},
    "server error": {Fate.UNSURE},
    "cut": {Fate.UNSURE},
    "too big": {Fate.ACCEPTED},
}
PARTS = {
    "subject": "For %c%",
    "text": "Your code: %c%",
    "html": "<p>%c%</p>",
    "from_email": "hello@maple.example",
    "from_name": "Maple",
    "reply_to": "re@maple.example",
}
OPENAPI = ("sendgrid/tsg_mail_v3.patched.json", "/v3/mail/send")
TOO_MANY = 400
"""`too big`: this peer takes no call with more recipients."""

KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
SIGNATURE = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2'
    b'ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ'
    b'4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)
SIGNED = {
    "x-twilio-email-event-webhook-signature": SIGNATURE,
    "x-twilio-email-event-webhook-timestamp": "1600112502",
}
"""From SendGrid's own test suite (MIT): https://github.com/sendgrid/sendgrid-python, test/unit/test_eventwebhook.py"""
RECEIPTS = [
    (
        Request(SIGNED, BODY),
        Receipt(
            Happened.DROPPED, provider_id="LRzXl_NHStOGhQ4kofSm_A", address="hello@world.com", at=1600112492, reason="Bounced Address",
            because=Happened.BOUNCED,
        ),
    )
]  # fmt: skip


def when_it_was_signed(session: Session, later: float = 0) -> None:
    """Move the clock to so many seconds after the moment at which `BODY` was signed: no signature is believed for ever."""
    moment = datetime.datetime.fromtimestamp(1600112502 + later, datetime.UTC)
    clock.shift(session, moment - clock.now(session))


def settings(url: str) -> dict[str, str]:
    return {"api_key": "SG.hidden-word", "region": "other", "api": url, "subuser": "shop", "verification_key": KEY}


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    if seen.path == "/v3/scopes":
        return (401, {}, error("SECRET BYTES")) if situation == "bad key" else (200, {}, b'{"scopes": ["mail.send", "alerts.read"]}')
    asked = [p["to"][0]["email"] for p in json.loads(seen.body)["personalizations"]]
    match situation:
        case "partial" if bad := [n for n, address in enumerate(asked) if address.startswith("nobody")]:
            return 400, {}, error("Does not contain a valid address.", *(f"personalizations.{n}.to.0.email" for n in bad))
        case "throttled":
            return (
                429,
                {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000007"},
                error("too many requests"),
            )
        case "bad key":
            return 401, {}, error("The provided authorization grant is invalid, expired, or revoked: SG.hidden-word")
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "too big" if len(asked) > TOO_MANY:
            return 413, {}, error("Payload too large")
    taken.extend(asked)
    return 202, {"X-Message-Id": "LRzXl_NHStOGhQ4kofSm_A"}, b""


def error(text: str, *fields: str) -> bytes:
    return json.dumps({"errors": [{"message": text, "field": field, "help": None} for field in fields or (None,)]}).encode()
